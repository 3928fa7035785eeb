"""`withtime`: a field with the time of its message, for `most_recent` and `least_recent`."""

from __future__ import annotations

from pilotage.language.plan.expressions import Call, Field
from pilotage.language.plan.nodes import Extend, Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage


def parse(stage: Stage, rows: Node) -> Node:
    """`withtime f` makes `f_withtime`."""
    name = stage.argument()
    alias = stage.new_name() if stage.keyword("as") else f"{name}_withtime"
    stage.finish()
    stage.names.define(alias)
    pair = Call("sumo.withtime", (Field(name), Field("_time")))
    return Extend(rows, ((alias, pair),), command="withtime", span=stage.span)


OPERATOR = Operator(
    spellings=("withtime",),
    synopsis="withtime <field>",
    summary="Adds `<field>_withtime`, the value and its time, for `most_recent` and `least_recent`.",
    parse=parse,
    examples=(Example("* | withtime status | most_recent(status_withtime) as status by host", "What each host said last."),),
)
