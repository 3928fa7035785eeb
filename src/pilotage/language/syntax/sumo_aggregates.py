"""Aggregates of Sumo's language: `count`, `avg(ms) as mean`, `pct(ms, 95)`, their default names, and the fields behind `by`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from pilotage.language.plan.expressions import Call, Expression, Field, Literal
from pilotage.language.plan.nodes import Aggregate, Aggregation, Extend, Node, Project
from pilotage.language.plan.walk import chain
from pilotage.language.syntax.operator import Stage
from pilotage.language.syntax.scanner import nearest
from pilotage.model.problem import Span, fail

AGGREGATES: Mapping[str, tuple[str, str]] = {
    "count": ("count", "_count"),
    "count_distinct": ("dc", "_count_distinct"),
    "sum": ("sum", "_sum"),
    "avg": ("avg", "_avg"),
    "min": ("min", "_min"),
    "max": ("max", "_max"),
    "first": ("first", "_first"),
    "last": ("last", "_last"),
    "most_recent": ("sumo.most_recent", "_mostrecent"),
    "least_recent": ("sumo.least_recent", "_leastrecent"),
    "latest": ("latest", "_latest"),
    "earliest": ("earliest", "_earliest"),
    "pct": ("perc", "_pct"),
    "stddev": ("stdev", "_stddev"),
    "median": ("median", "_median"),
    "values": ("values", "_values"),
}
"""Name → our function and the name of its result."""

_NAME = re.compile(r"[A-Za-z_]+")


def begins(stage_text: str) -> bool:
    """Whether a stage whose first word is this is a list of aggregates."""
    return stage_text.lower() in AGGREGATES


def read_aggregate(stage: Stage, rows: Node) -> Node:
    """`count as n, avg(x) by a, b` from the first aggregate on; tells the names what is left."""
    found: list[Aggregation] = []
    while True:
        found += _aggregations(stage)
        if not stage.accept(","):
            break
    by, rows = _keys(stage, rows)
    stage.finish()
    found = _distinct(found)
    command = stage.name.lower()
    # A result that is called like a field of `by` takes its place.
    hidden = {name: f"__by{place}" for place, name in enumerate(by) if any(each.alias == name for each in found)}
    if hidden:
        rows = Extend(rows, tuple((new, Field(name)) for name, new in hidden.items()), command=command, span=stage.span)
    keys = tuple(hidden.get(name, name) for name in by)
    node: Node = Aggregate(rows, tuple(found), keys, null_keys=True, command=command, span=stage.span)
    stage.names.close(*(name for name in by if name not in hidden), *(each.alias for each in found))
    return Project(node, tuple(hidden.values()), "drop", command=command, span=stage.span) if hidden else node


def _aggregations(stage: Stage) -> list[Aggregation]:
    """One aggregate; `pct(x, 50, 95)` is several."""
    stage.space()
    start = stage.position
    word = stage.take(_NAME)
    if word is None:
        raise stage.unexpected("an aggregate such as `count` or `avg(x)`")
    known = AGGREGATES.get(word[0].lower())
    if known is None:
        hint = nearest(word[0], AGGREGATES)
        raise fail("unknown-function", f"no aggregate `{word[0]}`", span=stage.since(start), hint=hint)
    function, alias = known
    argument, parameters, in_parentheses = _argument(stage, function)
    shown = _shown(argument)
    span = stage.since(start)
    named = stage.new_name() if stage.keyword("as") else None
    if argument is None and function != "count":
        raise fail("argument-missing", f"`{word[0]}` needs a field, as in `{word[0]}(x)`", span=span)
    if function == "count" and not in_parentheses:
        argument = None
    if function != "perc":
        return [Aggregation(function, argument, named or alias, span=span)]
    return [
        Aggregation(function, argument, named if named and len(parameters) == 1 else f"_{shown}_pct_{value:g}", value, span=span)
        for value in parameters
    ]


def _argument(stage: Stage, function: str) -> tuple[Expression | None, list[float], bool]:
    """What stands in the parentheses: nothing or `*`, a field or expression, and the percentiles."""
    if not stage.accept("("):
        stage.space()
        bare = function != "count" and not stage.done() and not stage.sees("by", "as", "group") and stage.peek() != ","
        return (Field(stage.field(), span=stage.span), [50.0], False) if bare else (None, [50.0], False)
    if stage.accept(")") or (stage.accept("*") and stage.accept(")")):
        return None, [50.0], False
    argument = stage.expression()
    parameters: list[float] = []
    if function == "dc":
        argument = _combined(stage, argument)
    while stage.accept(","):
        value = stage.number()
        if value is None or not 0 <= value <= 100 or function != "perc":
            raise stage.unexpected("a percentile from 0 to 100" if function == "perc" else "`)`")
        parameters.append(value)
    stage.expect(")", "closing the aggregate")
    return argument, parameters or [50.0], True


def _combined(stage: Stage, first: Expression) -> Expression:
    """`count_distinct(a, b)`: combinations of values, those where one is absent left out."""
    parts = [first]
    while stage.accept(","):
        parts.append(stage.expression())
    if len(parts) == 1:
        return first
    there = chain("AND", [Call("isnotnull", (part,)) for part in parts])
    mark = Literal("\x1f")
    texts = tuple(piece for part in parts for piece in (part, mark))
    return Call("if", (there, Call("sumo.concat", texts), Literal(None)), span=first.span)


def _shown(argument: Expression | None) -> str:
    return argument.name if isinstance(argument, Field) else "value"


def _keys(stage: Stage, rows: Node) -> tuple[tuple[str, ...], Node]:
    """The fields behind `by`, `group by`, or behind nothing (`count k`, `sum(x) as n k`); an expression there becomes a column first."""
    # `group k` is seen for `group by k`.
    stage.keyword("group")
    if not stage.keyword("by") and stage.done():
        return (), rows
    names: list[str] = []
    made: list[tuple[str, Expression]] = []
    while not stage.done():
        begin = stage.position
        expression = stage.expression()
        if isinstance(expression, Field):
            name = expression.name
            if stage.keyword("as"):
                alias = stage.new_name()
                made.append((alias, expression))
                name = alias
        else:
            name = stage.new_name() if stage.keyword("as") else " ".join(stage.text_from(begin).split())
            made.append((name, expression))
        names.append(name)
        if not stage.accept(","):
            break
    if not names:
        raise stage.unexpected("a field after `by`")
    before = Extend(rows, tuple(made), command="by", span=stage.span) if made else rows
    return tuple(dict.fromkeys(names)), before


def _distinct(found: list[Aggregation]) -> list[Aggregation]:
    """Results of one name: later default names are numbered, as `_max_2`; a name that was given twice is refused."""
    taken: dict[str, int] = {}
    result: list[Aggregation] = []
    for each in found:
        count = taken[each.alias] = taken.get(each.alias, 0) + 1
        if count > 1 and not each.alias.startswith("_"):
            raise fail("name-twice", f"two results are called `{each.alias}`", span=each.span, hint="rename one of them with `as`")
        result.append(each if count == 1 else replace(each, alias=f"{each.alias}_{count}"))
    return result


def single(function: str, argument: str | None, alias: str, span: Span) -> Aggregation:
    """One aggregate of a field."""
    return Aggregation(function, None if argument is None else Field(argument, span=span), alias, span=span)
