"""`topk`: the greatest rows of each group, numbered."""

from __future__ import annotations

from pilotage.language.plan.expressions import Binary, Field, Literal
from pilotage.language.plan.nodes import Aggregation, Filter, Node, Sort, SortKey
from pilotage.language.plan.windows import Window
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage


def parse(stage: Stage, rows: Node) -> Node:
    """`topk(n, m[, m2]) [by g]`."""
    stage.expect("(", "after `topk`")
    count = stage.integer()
    if count is None:
        raise stage.unexpected("a number of rows")
    keys: list[SortKey] = []
    while stage.accept(","):
        keys.append(SortKey(stage.field("a column to order by"), descending=True, kind="swap"))
    if not keys:
        raise stage.unexpected("`,` and a column to order by")
    stage.expect(")", "closing `topk(`")
    by = stage.by()
    stage.finish()
    ordered = Sort(rows, tuple(keys), command="topk", span=stage.span)
    rank = Aggregation("count", None, "_rank", span=stage.span)
    ranked = Window(ordered, (rank,), by, command="topk", span=stage.span)
    stage.names.define("_rank")
    return Filter(ranked, Binary("<=", Field("_rank"), Literal(count)), command="topk", span=stage.span)


OPERATOR = Operator(
    spellings=("topk",),
    synopsis="topk(<number>, <column>, …) [by <field>, …]",
    summary="Keeps the rows with the greatest values of a column, in all or in each group, and adds their place as `_rank`.",
    parse=parse,
    examples=(Example("* | count by service, url | topk(3, _count) by service", "The three most frequent addresses of each service."),),
)
