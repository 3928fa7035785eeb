"""`fields`: keep columns in an order, or drop some."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Node, Project
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage

_DROP = re.compile(r"-\s*")


def parse(stage: Stage, rows: Node) -> Node:
    """`fields [-] a, b`."""
    stage.space()
    drop = stage.take(_DROP) is not None
    opened = stage.accept("(")
    names = [stage.field("a field name")]
    # `fields - a, - b` is seen; so are names without commas.
    while not stage.done() and not (opened and stage.accept(")")):
        stage.accept(",")
        if drop:
            stage.take(_DROP)
        if stage.done():
            break
        names.append(stage.field("a field name"))
    stage.finish()
    mode = "drop" if drop else "table" if stage.names.closed else "keep"
    return Project(rows, tuple(dict.fromkeys(names)), mode, command="fields", span=stage.span)


OPERATOR = Operator(
    spellings=("fields",),
    synopsis="fields [-] <field>, …",
    summary="Keeps the named columns in the order given, or drops them with `-`.",
    parse=parse,
    examples=(
        Example("* | count, avg(ms) as mean by service | fields service, mean", "Two columns in this order."),
        Example("* | count by service | fields - _count", "All columns but one."),
    ),
    notes=("Messages keep their time and text.",),
)
