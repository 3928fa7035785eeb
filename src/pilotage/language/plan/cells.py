"""Plan nodes that change cells row by row: conversions, replacements, splits, and what looks at a few rows before."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Node


@dataclass(frozen=True, slots=True)
class Conversion:
    """One call of `convert`: the function, a field or `*` pattern, and the new name (`None` = in place)."""

    function: str
    field: str
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Convert(Node):
    """`convert`: each conversion for every field it means; those named by a `none` are left out of patterns. `format` is strftime's."""

    input: Node
    conversions: tuple[Conversion, ...]
    format: str = "%m/%d/%Y %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Split(Node):
    """`makemv`: a text into the parts between `delimiter`, or into what `tokenizer` matches (its first group); '' = not that way.

    Empty parts are left out unless `allow_empty`.
    """

    input: Node
    field: str
    delimiter: str = " "
    tokenizer: str = ""
    allow_empty: bool = False


@dataclass(frozen=True, slots=True)
class Replace(Node):
    """`replace`: a whole value that fits a pattern becomes another text, whose stars stand for what those of the pattern matched.

    The first of `pairs` that fits counts; without `fields` every field that does not start with `_`.
    """

    input: Node
    pairs: tuple[tuple[str, str], ...]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concatenate(Node):
    """`strcat`: fields and texts one after another into `target`; with `all_required` only where every field has a value."""

    input: Node
    parts: tuple[Expression, ...]
    target: str
    all_required: bool = False


@dataclass(frozen=True, slots=True)
class Reverse(Node):
    """The rows in the opposite order."""

    input: Node


@dataclass(frozen=True, slots=True)
class Lag(Node):
    """Values of `field` some rows before, each as a column (rows back, name); with `difference` the own value minus those."""

    input: Node
    field: str
    items: tuple[tuple[int, str], ...]
    difference: bool = False


@dataclass(frozen=True, slots=True)
class ToJson(Node):
    """`tojson`: the fields of a row as one JSON object in `target`.

    `members` are (type, field or `*` pattern) with the types `auto bool json none num str`; none = all by `default`. A null is left out
    unless `fill_null`; a pattern leaves names that start with `_` out unless `internal`.
    """

    input: Node
    members: tuple[tuple[str, str], ...] = ()
    default: str = "none"
    fill_null: bool = False
    internal: bool = False
    target: str = "_raw"


@dataclass(frozen=True, slots=True)
class RowTotal(Node):
    """`addtotals`: the sum of the numbers among `fields` (names or patterns, none = every field that does not start with `_`)."""

    input: Node
    alias: str = "Total"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark(Node):
    """The rows as they are, and something to say about them (or nothing, '')."""

    input: Node
    sentence: str = ""
