"""Plan nodes that look at neighbouring rows or take one row apart: windows, members of multivalues, columns into rows."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Aggregation, Node


@dataclass(frozen=True, slots=True)
class Window(Node):
    """Aggregates as new columns of the same rows.

    Not `running`: over the whole group of `by` (`eventstats`); a row with a null key keeps its columns without the new ones. `running`:
    over the rows so far in row order (`streamstats`), the own row included if `current`; `rows` > 0 bounds the window to that many rows,
    counted over all rows, or within the group if `per_group`; `seconds` bounds it in time. A row where `reset_before` is true starts a new
    run, one where `reset_after` is true ends it, and with `reset_on_change` a change of a `by` field does.
    """

    input: Node
    aggregations: tuple[Aggregation, ...]
    by: tuple[str, ...] = ()
    running: bool = True
    current: bool = True
    rows: int = 0
    per_group: bool = False
    seconds: float | None = None
    reset_before: Expression | None = None
    reset_after: Expression | None = None
    reset_on_change: bool = False


@dataclass(frozen=True, slots=True)
class Explode(Node):
    """`mvexpand`: a row a member of the multivalue `field` (at most `limit` a row, 0 = all); a row without members stays once."""

    input: Node
    field: str
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Unpivot(Node):
    """`untable`: a row a cell of every column but `keep`: the columns `keep`, `name` (the column's) and `value`; null cells give none."""

    input: Node
    keep: str
    name: str
    value: str
