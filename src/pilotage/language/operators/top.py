"""`top`: the most frequent values, or the rows with the greatest of a column."""

from __future__ import annotations

from pilotage.language.plan.nodes import Aggregate, Limit, Node, Sort, SortKey
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_aggregates import AGGREGATES, single
from pilotage.language.syntax.sumo_expressions import read_name


def parse(stage: Stage, rows: Node) -> Node:
    """`top 5 k`, `top 5 k by count`, `top 5 k by m` after an aggregate that made `m`."""
    count = stage.integer()
    if count is None and not stage.accept("*"):
        raise stage.unexpected("a number of rows")
    fields = stage.fields("a field")
    by = _aggregate(stage) if stage.keyword("by") else ("count", None, "_count")
    if by is None:
        return _of_rows(stage, rows, count)
    function, argument, alias = by
    stage.finish()
    counted = Aggregate(rows, (single(function, argument, alias, stage.span),), fields, null_keys=True, command="top", span=stage.span)
    stage.names.close(*fields, alias)
    return _first(stage, Sort(counted, (SortKey(alias, descending=True),), command="top", span=stage.span), count)


def _aggregate(stage: Stage) -> tuple[str, str | None, str] | None:
    """The aggregate behind `by`; `None` when a column stands there."""
    start = stage.position
    name = read_name(stage)
    known = AGGREGATES.get((name or "").lower())
    if name is None or known is None or stage.names.has(name):
        stage.position = start
        return None
    argument = None
    if stage.accept("(") and not stage.accept(")"):
        argument = stage.field()
        stage.expect(")", "closing the aggregate")
    return known[0], argument, stage.new_name() if stage.keyword("as") else known[1]


def _of_rows(stage: Stage, rows: Node, count: int | None) -> Node:
    keys: list[SortKey] = []
    while not keys or stage.accept(","):
        name = stage.field("a column to order by")
        word = stage.keyword("asc", "desc")
        keys.append(SortKey(name, descending=word != "asc", kind="swap"))
    stage.finish()
    return _first(stage, Sort(rows, tuple(keys), command="top", span=stage.span), count)


def _first(stage: Stage, rows: Node, count: int | None) -> Node:
    return rows if count is None else Limit(rows, count, command="top", span=stage.span)


OPERATOR = Operator(
    spellings=("top",),
    synopsis="top <number> <field>, … [by <aggregate or column>]",
    summary="The most frequent values of fields; after an aggregate, the rows with the greatest values of a column.",
    parse=parse,
    examples=(
        Example("* | top 5 service", "The five services with the most messages."),
        Example("* | top 5 service by sum(bytes)", "By another aggregate."),
        Example("* | avg(ms) as mean by url | top 3 url by mean", "The rows of an aggregate."),
    ),
)
