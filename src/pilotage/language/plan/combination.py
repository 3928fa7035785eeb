"""Plan nodes that make one row of several, or a row of a column, and keep the names of fields: what only the data can tell."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.nodes import Node


@dataclass(frozen=True, slots=True)
class Combine(Node):
    """`mvcombine`: rows equal in every other field become one with a multivalue `field`; `delimiter` is for a later `nomv`."""

    input: Node
    field: str
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class FieldSummary(Node):
    """`fieldsummary`: a row a field (of `fields`, names or patterns; none = all) with counts and its `most` most frequent values."""

    input: Node
    fields: tuple[str, ...] = ()
    most: int = 100


@dataclass(frozen=True, slots=True)
class Distinct(Node):
    """Each text of `field` once, in no order; only those in which the RE2 `pattern` occurs, '' = all."""

    input: Node
    field: str
    pattern: str = ""
