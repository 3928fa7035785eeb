"""Aggregates over metrics: `avg(cpu.util)`, where the metric is the argument, and `avg(_value)`, where WHERE names it."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Match
from pilotage.language.plan.nodes import Aggregation, Extend, Node
from pilotage.language.plan.patterns import pattern_of
from pilotage.language.plan.walk import rebuilt
from pilotage.language.syntax.arguments import Arguments
from pilotage.model.problem import fail

VALUE = "_value"
PREFIX = "metric_name:"
"""What the column of a metric begins with, so that a dimension of the same name is another."""
FUNCTIONS = frozenset(
    {
        "avg", "count", "dc", "earliest", "earliest_time", "estdc", "exactperc", "latest", "latest_time", "max", "median", "min", "mode",
        "perc", "range", "rate", "rate_avg", "rate_sum", "stdev", "stdevp", "sum", "sumsq", "upperperc", "var", "varp",
    }
)  # fmt: skip


def metrics_of(arguments: Arguments, aggregations: tuple[Aggregation, ...]) -> tuple[str, ...]:
    """The names or patterns of metrics that the aggregates are about; empty when they are about `_value`.

    Raises codes `argument-missing`, `unsupported`, `metrics-mixed`.
    """
    names: list[str] = []
    plain = False
    for item in aggregations:
        if item.function not in FUNCTIONS:
            known = "avg, count, max, min, perc95, rate, sum and others"
            raise fail("unsupported", f"`{arguments.command}` has no `{item.function}`", span=item.span, hint=f"it has {known}")
        if item.argument is None and item.function == "count":
            continue
        if item.argument is None:
            raise fail("argument-missing", f"`{item.function}` needs a metric", span=item.span, hint=f"write `{item.function}(cpu.usage)`")
        if not isinstance(item.argument, Field):
            raise fail("unsupported", f"`{arguments.command}` aggregates metrics, not `eval(…)`", span=item.span)
        if item.argument.name == VALUE:
            plain = True
        else:
            names.append(item.argument.name)
    if plain and names:
        hint = "use either `avg(_value) WHERE metric_name=…` or `avg(cpu.usage)` throughout"
        raise fail(
            "metrics-mixed", f"`_value` and metrics by name cannot be mixed in one `{arguments.command}`", span=arguments.span, hint=hint
        )
    return tuple(dict.fromkeys(names))


def condition_of(metrics: tuple[str, ...]) -> Expression:
    """Points of the metrics, whose names are case-sensitive."""
    return Match("metric_name", "=", tuple(pattern_of(tuple(name.split("*"))) for name in metrics), case_sensitive=True)


def exactly(condition: Expression | None) -> Expression | None:
    """A clause whose comparisons with `metric_name` are case-sensitive, as metrics' names are."""
    return rebuilt(condition, _exact)


def _exact(part: Expression) -> Expression | None:
    named = isinstance(part, Match) and part.field == "metric_name" and not part.case_sensitive
    return replace(part, case_sensitive=True) if named and isinstance(part, Match) else None


def columns_of(metrics: tuple[str, ...], rows: Node, prefix: str = PREFIX) -> Node:
    """The points with a column for each metric, `prefix` before its name; those of patterns are known when it runs."""
    if not metrics:
        return rows
    assignments: list[tuple[str, Expression]] = [
        (f"{prefix}{name}", Call("if", (Binary("=", Field("metric_name"), Literal(name)), Field(VALUE), Literal(None))))
        for name in metrics
        if "*" not in name
    ]
    if len(assignments) == len(metrics):
        return Extend(rows, tuple(assignments), command="eval")
    name: Expression = Field("metric_name")
    assignments.append(("_metric", Binary(".", Literal(prefix), name) if prefix else name))
    return Extend(Extend(rows, tuple(assignments), command="eval"), (("{_metric}", Field(VALUE)),), command="eval")


def over_columns(aggregations: tuple[Aggregation, ...], metrics: tuple[str, ...]) -> tuple[Aggregation, ...]:
    """The aggregates over those columns."""
    if not metrics:
        return aggregations
    return tuple(
        replace(item, argument=Field(f"{PREFIX}{item.argument.name}", span=item.argument.span))
        if isinstance(item.argument, Field)
        else item
        for item in aggregations
    )
