"""`transpose`: a row a combination of row fields, a column a value of the column fields."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage

MOST_COLUMNS = 300


def parse(stage: Stage, rows: Node) -> Node:
    """`transpose row a[, b] column c[, d] [as x, y, *]`."""
    if not stage.names.closed:
        hint = "aggregate first, as in `count by _timeslice, k`"
        raise stage.refuse("messages", hint)
    if not stage.keyword("row"):
        raise stage.unexpected("`row` and a field")
    row = _fields(stage)
    if not stage.keyword("column", "col"):
        raise stage.unexpected("`column` and a field")
    columns = _fields(stage)
    chosen: list[str] = []
    if stage.keyword("as"):
        while not chosen or stage.accept(","):
            chosen.append("*" if stage.accept("*") else stage.new_name("a column or `*`"))
    stage.finish()
    options = (("row", "\n".join(row)), ("column", "\n".join(columns)), ("as", "\n".join(chosen)), ("most", MOST_COLUMNS))
    stage.names.close(*row)
    stage.names.dynamic = True
    return Transform(rows, "crosstab", options, (*row, *columns), command="transpose", span=stage.span)


def _fields(stage: Stage) -> tuple[str, ...]:
    return stage.fields("a field of the rows before")


OPERATOR = Operator(
    spellings=("transpose",),
    synopsis="transpose row <field>, … column <field>, … [as <column>, …, *]",
    summary="Makes a column of each value of the column fields, in alphabetical order; `as` picks and orders columns, `*` the others.",
    parse=parse,
    examples=(
        Example("* | timeslice 1h | count by _timeslice, service | transpose row _timeslice column service", "A column a service."),
        Example("* | count by host, level | transpose row host column level as error, *", "One column first, then the others."),
    ),
    notes=(
        "With several results a column is called `value_result`.",
        f"The first {MOST_COLUMNS} columns are kept; a message says so.",
    ),
)
