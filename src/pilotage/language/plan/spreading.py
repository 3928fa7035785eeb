"""Plan nodes for fields whose names are in the data: pairs inside a text become columns, a template is repeated for many fields."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Node


@dataclass(frozen=True, slots=True)
class Spread(Node):
    """The names and values inside the text of `field` as columns.

    `form` is `json` (a column a path, `a.b{}.c`), `xml` (a column an element without inner ones) or `pairs`: names and values around one
    of the characters `joints`, between the characters `gaps`; at most `limit` pairs of the first `reach` characters (0 = all), unfit
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
