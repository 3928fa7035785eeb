"""Plan nodes for fields whose names are in the data: pairs inside a text become columns, a template is repeated for many fields."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Node


@dataclass(frozen=True, slots=True)
class Spread(Node):
    """The names and values inside the text of `field` as columns.

    `form` is `json` (a column a path, `a.b{}.c`), `object` (a column a member of a JSON object, `prefix` before its name), `xml` (a column
    an element without inner ones), `table` (words of the text under the words of the field `header`) or `pairs`: names and values around
    one of the characters `joints`, between the characters `gaps`; at most `limit` pairs of the first `reach` characters (0 = all), unfit
    characters of names made `_` if `clean`, all values of a name kept if `repeated`.
    """

    input: Node
    field: str = "_raw"
    form: str = "json"
    joints: str = "="
    gaps: str = " ,;|&\t\n\r"
    limit: int = 0
    reach: int = 0
    clean: bool = False
    repeated: bool = False
    header: str = ""
    prefix: str = ""
    names: tuple[str, ...] = ()
    """The names to make, when they are known; else all that the data has."""


@dataclass(frozen=True, slots=True)
class Lines(Node):
    """`multikv`: a row a line of `_raw` below its head, whose words name the columns; a text of one line stays as it is.

    The head is the line `head` (from 1; 0 = there is none: the columns are `Column_1` …). Only lines with one of `terms` (none = all),
    only the columns `fields` (none = all); `keep` keeps the whole text as a row, too.
    """

    input: Node
    head: int = 1
    fields: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    keep: bool = False


@dataclass(frozen=True, slots=True)
class HeadedLines(Node):
    """The rows of `lines` before their columns are made: the head stands in the field `header`."""

    input: Node
    lines: Lines
    header: str


@dataclass(frozen=True, slots=True)
class SpreadNames(Node):
    """The names that a `Spread` of the same `input` finds, as the multivalue `alias` of each row."""

    input: Node
    spread: Spread
    alias: str


FIELD, MATCH, ITEM, ITER = "ǂǂFIELDǂǂ", "ǂǂMATCHSTRǂǂ", "ǂǂITEMǂǂ", "ǂǂITERǂǂ"
SEGMENTS = tuple(f"ǂǂMATCHSEG{number}ǂǂ" for number in (1, 2, 3))
"""What stands in a template for the field, what its stars matched, the member and its place: words of an expression, of the same length."""


@dataclass(frozen=True, slots=True)
class Repeat(Node):
    """`foreach`: the assignments once for each field that `patterns` mean (`mode` multifield), or for each member of each of them.

    Members are those of a multivalue (`multivalue`), of a JSON array (`json_array`) or of whichever the field holds (`auto_collections`).
    """

    input: Node
    patterns: tuple[str, ...]
    assignments: tuple[tuple[str, Expression], ...]
    mode: str = "multifield"
