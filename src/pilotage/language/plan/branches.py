"""Plan nodes with more than one input, and the sub-search as an expression. `input` is the main input, so a plan is still a chain."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Node


@dataclass(frozen=True, slots=True)
class Union(Node):
    """Rows of `input`, then those of each of `others` in turn (`append`); `by_time` mixes them newest first (`union`, `multisearch`).

    Columns are the union of all. `limit` bounds the rows of each of the others; 0 = no bound.
    """

    input: Node
    others: tuple[Node, ...]
    by_time: bool = False
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Incoming(Node):
    """In a branch of a `Fork`: the rows that flow into the fork."""


@dataclass(frozen=True, slots=True)
class Fork(Node):
    """The rows of `input` are given to every branch (a chain that starts at `Incoming`, or at a source of its own).

    The result is what the branches make, one after another (`multireport`); with `keep`, after the rows themselves (`appendpipe`).
    """

    input: Node
    branches: tuple[Node, ...]
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Paste(Node):
    """`appendcols`: the columns of `other` beside those of `input`, row by row; with `override` they replace columns of the same name."""

    input: Node
    other: Node
    override: bool = False
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Join(Node):
    """Rows of `input` with the matching rows of `other`: equal in every pair of (left, right) `fields`, compared as texts.

    `kind` is `inner` or `left`. At most `most` rows of `other` match a row (0 = all), the first in its order. A column of both sides is
    the right one's where it has a value, unless not `overwrite`. `prefixes` name the columns of either side (`left.x`, `right.x`).
    """

    input: Node
    other: Node
    fields: tuple[tuple[str, str], ...]
    kind: str = "inner"
    most: int = 1
    overwrite: bool = True
    limit: int = 0
    prefixes: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Subsearch(Expression):
    """`[…]` in a condition: a search that runs first and whose rows become text of the condition.

    `form` is `clause` (a search clause) or `eval`. With `field` the text is the value in `field op […]`.
    """

    plan: Node
    form: str = "clause"
    field: str | None = None
    op: str = "="
    limit: int = 10_000
