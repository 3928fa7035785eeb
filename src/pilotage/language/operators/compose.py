"""`compose`: what a sub-query hands over to the query around it."""

from __future__ import annotations

from pilotage.language.plan.expressions import Call, Expression, Field, Literal
from pilotage.language.plan.nodes import Extend, Node, Project
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.names import METADATA
from pilotage.language.syntax.operator import Operator, Stage


def parse(stage: Stage, rows: Node) -> Node:
    """`compose a, b [keywords]`."""
    fields = list(stage.fields())
    while not stage.done() and not stage.sees("keywords", "maxresults"):
        fields.append(stage.field())
    keywords = stage.keyword("keywords") is not None
    stage.finish()
    if keywords:
        phrases = [part for name in fields for part in (Literal('"'), _escaped(name), Literal('" '))]
        rows = Extend(rows, (("search", Call("sumo.concat", tuple(phrases))),), command="compose", span=stage.span)
        return Project(rows, ("search",), "table", command="compose", span=stage.span)
    # Metadata goes by the names under which it is stored, which mean the same everywhere.
    moved = {name: METADATA[name.lower()] for name in fields if name.lower() in METADATA}
    if moved:
        rows = Extend(rows, tuple((stored, Field(name)) for name, stored in moved.items()), command="compose", span=stage.span)
    return Project(rows, tuple(moved.get(name, name) for name in fields), "table", command="compose", span=stage.span)


def _escaped(name: str) -> Expression:
    return Call("sumo.replace", (Field(name), Literal('"'), Literal('\\"')))


OPERATOR = Operator(
    spellings=("compose",),
    synopsis="compose <field>, … [keywords]",
    summary="Ends a sub-query: its rows become a condition, one of whose rows must be equal in all the fields.",
    parse=parse,
    examples=(
        Example("[subquery: error | count by user | compose user keywords] | count by service", "Messages about users who had errors."),
        Example("* | where [subquery: error | count by user | compose user] | count by service", "The same of a field."),
    ),
    notes=("With `keywords` the values are phrases of the scope.", "The first 2,500 rows of a sub-query count; a message says so."),
)
