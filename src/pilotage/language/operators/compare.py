"""`compare`: the result beside that of earlier times."""

from __future__ import annotations

import re

from pilotage.language.plan.branches import Union
from pilotage.language.plan.expressions import Binary, Call, Field, Literal
from pilotage.language.plan.nodes import Aggregate, Aggregation, Extend, Node, Project, Rename, Transform
from pilotage.language.plan.walk import inputs, side_inputs
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_shifts import earlier
from pilotage.model.problem import Span
from pilotage.model.time import SECONDS, read_span

_LENGTH = re.compile(r"-?\s*(\d+\s*[A-Za-z]+)")
_MOST = 30
_TIMES = frozenset({"_timeslice", "__timeslice_end"})


def parse(stage: Stage, rows: Node) -> Node:
    """`compare [with] timeshift 1d [n] [avg|min|max] [as a], …`."""
    if stage.names.dynamic:
        return _of_columns(stage, rows)
    keys = _keys(stage, rows)
    values = [name for name in stage.names.known() if name not in keys]
    if not values:
        raise stage.refuse("rows without a number", "aggregate before, as in `count by _timeslice`")
    others: list[Node] = []
    results: list[tuple[str, str]] = [(value, f"{value}_target") for value in values]
    folds: dict[str, str] = {}
    while True:
        for shift, label, fold in _shifts(stage):
            made = _shifted(stage, rows, shift, keys)
            columns = [(value, f"{value}_{label}") for value in values]
            results += [each for each in columns if each not in results]
            folds |= {name: fold for _, name in columns}
            others.append(_renamed(stage, made, keys, columns))
        if not stage.accept(","):
            break
    stage.finish()
    target = _renamed(stage, rows, keys, results[: len(values)])
    every = Union(target, tuple(others), command="compare", span=stage.span)
    items = tuple(Aggregation(folds.get(name, "first"), Field(name), name, span=stage.span) for _, name in results)
    stage.names.close(*keys, *(name for _, name in results))
    return Aggregate(every, items, keys, null_keys=True, command="compare", span=stage.span)


def _of_columns(stage: Stage, rows: Node) -> Node:
    """After `transpose`: every column that a run finds, beside those of earlier times; rows meet in the fields of `row`."""
    crossed = next((node for node in inputs(rows) if isinstance(node, Transform) and node.name == "crosstab"), None)
    if crossed is None or any(side_inputs(node) for node in inputs(rows)):
        raise stage.refuse("rows that come from several queries")
    keys = tuple(name for name in str(dict(crossed.options)["row"]).split("\n") if stage.names.has(name))
    sides: list[Node] = [_suffixed(stage, rows, keys, "target")]
    folds = {"target": "first"}
    while True:
        for shift, label, fold in _shifts(stage):
            sides.append(_suffixed(stage, _shifted(stage, rows, shift, keys), keys, label))
            folds[label] = fold
        if not stage.accept(","):
            break
    stage.finish()
    every = Union(sides[0], tuple(sides[1:]), command="compare", span=stage.span)
    items = tuple(Aggregation(fold, Field(f"*_{label}"), f"*_{label}", wildcard=True, span=stage.span) for label, fold in folds.items())
    return Aggregate(every, items, keys, null_keys=True, command="compare", span=stage.span)


def _suffixed(stage: Stage, node: Node, keys: tuple[str, ...], label: str) -> Node:
    renamed = Rename(node, (("*", f"*_{label}"),), command="compare", span=stage.span)
    # A star leaves names with `_` in front alone.
    back = tuple((f"{key}_{label}", key) for key in keys if not key.startswith("_"))
    return Rename(renamed, back, command="compare", span=stage.span) if back else renamed


def _keys(stage: Stage, rows: Node) -> tuple[str, ...]:
    found = next((node for node in inputs(rows) if isinstance(node, Aggregate)), None)
    if found is None or not stage.names.closed:
        raise stage.refuse("messages", "put it right behind the aggregate")
    if any(side_inputs(node) for node in inputs(rows)):
        raise stage.refuse("rows that come from several queries")
    return tuple(name for name in found.by if stage.names.has(name))


def _shifts(stage: Stage) -> list[tuple[int, str, str]]:
    """Nanoseconds back, the end of the columns' names, and how several rows of one name are folded."""
    stage.keyword("with")
    stage.keyword("timeshift")
    stage.accept("=")
    stage.space()
    start = stage.position
    found = stage.take(_LENGTH)
    if found is None:
        if not stage.accept("*"):
            raise stage.unexpected("a length of time such as `1d`")
        # A variable without a value.
        text = "1d"
    else:
        text = re.sub(r"\s", "", found[1])
    length = read_span(text, Span(start, stage.position))
    if length.unit not in SECONDS:
        raise stage.refuse("lengths of months and years", "write days, as in `30d`")
    count = stage.integer() or 1
    if count > _MOST:
        raise stage.refuse(f"more than {_MOST} shifts")
    fold = stage.keyword("avg", "min", "max")
    alias = stage.new_name() if stage.keyword("as") else None
    step = round(length.seconds * 1_000_000_000)
    if fold is not None:
        return [(step * n, alias or f"{text}_{count}_{fold}", fold) for n in range(1, count + 1)]
    labels = [alias or _label(text, n) if n == 1 else f"{alias}_{n}" if alias else _label(text, n) for n in range(1, count + 1)]
    return [(step * n, label, "first") for n, label in enumerate(labels, 1)]


def _label(text: str, times: int) -> str:
    number = re.match(r"\d+", text)
    return f"{int(number[0]) * times}{text[number.end() :]}" if number else text


def _shifted(stage: Stage, node: Node, shift: int, keys: tuple[str, ...]) -> Node:
    """The plan over an earlier range, its slices moved to where they are compared."""
    moved = earlier(node, shift, stage.context.now)
    times = tuple(name for name in keys if name in _TIMES or name.endswith("timeslice"))
    if not times:
        return moved
    later = tuple((name, Call("sumo.integer", (Binary("-", Field(name), Literal(-(shift // 1_000_000))),))) for name in times)
    return Extend(moved, later, command="compare", span=stage.span)


def _renamed(stage: Stage, node: Node, keys: tuple[str, ...], columns: list[tuple[str, str]]) -> Node:
    made = Extend(node, tuple((name, Field(value)) for value, name in columns), command="compare", span=stage.span)
    return Project(made, (*keys, *(name for _, name in columns)), "table", command="compare", span=stage.span)


OPERATOR = Operator(
    spellings=("compare",),
    synopsis="compare [with] timeshift <length> [<times>] [avg|min|max] [as <name>], …",
    summary="Runs what stands before it over earlier ranges too and puts the results beside those of now, as `x_target` and `x_1d`.",
    parse=parse,
    examples=(
        Example("* | timeslice 1h | count by _timeslice | compare with timeshift 1d", "Each hour beside the same of the day before."),
        Example("* | count by service | compare timeshift 1d 7 avg as week", "Beside the mean of the seven days before."),
    ),
    notes=("Without a start of the range, an earlier range ends earlier and has no start either.",),
)
