"""What the operators that look at neighbouring rows share: `f [, n] [as name] [by g]`."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.expressions import Call, Expression, Field
from pilotage.language.plan.nodes import Aggregation, Node
from pilotage.language.plan.windows import Window
from pilotage.language.syntax.operator import Stage
from pilotage.model.problem import fail

MOST = 1_000


@dataclass(frozen=True, slots=True)
class Running:
    """The field, how many rows, the name of the result and the groups."""

    field: str
    rows: int
    alias: str
    by: tuple[str, ...]

    @property
    def number(self) -> Expression:
        """The field as a number."""
        return Call("tonumber", (Field(self.field),))


def read_running(stage: Stage, alias: str, rows: int | None = None) -> Running:
    """The whole stage; `rows` is the default of the window, `None` where there is no window."""
    opened = stage.accept("(")
    field = stage.field()
    count = rows or 0
    if rows is not None and stage.accept(","):
        given = stage.integer()
        if given is None or not 1 <= given <= MOST:
            raise fail("option-value", f"the window is a number of rows from 1 to {MOST}", span=stage.span)
        count = given
    if opened:
        stage.expect(")", "closing the parenthesis")
    name, by = alias, tuple[str, ...]()
    # `as` and `by` come in either order.
    for _ in range(2):
        if stage.keyword("as"):
            name = stage.new_name()
        by = by or stage.by()
    stage.finish()
    stage.names.define(name)
    return Running(field, count, name, by)


def window(stage: Stage, rows: Node, asked: Running, function: str, *, running: bool = True) -> Node:
    """The result of an aggregate over the rows so far (at most `asked.rows` of them, 0 = all), or over all of the group."""
    item = Aggregation(function, asked.number, asked.alias, span=stage.span)
    return Window(
        rows, (item,), asked.by, running=running, rows=asked.rows, per_group=bool(asked.rows), command=stage.name, span=stage.span
    )
