"""`logcompare`: the signatures of messages beside those of an earlier time."""

from __future__ import annotations

import re

from pilotage.language.plan.branches import Union
from pilotage.language.plan.expressions import Field, Literal
from pilotage.language.plan.nodes import Extend, Node, Project, TimeRange, Transform
from pilotage.language.plan.walk import inputs, side_inputs
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_shifts import at, earlier
from pilotage.model.problem import Span
from pilotage.model.time import SECONDS, read_span, read_time

_RESULTS = ("_count", "signature", "_signature_id", "_deltaPercentage", "_anomalyScore", "_isNew")
_LENGTH = re.compile(r"-?\s*(\d+\s*[A-Za-z]+)")
_TIME = re.compile(r"\"([^\"]+)\"|[-+@\w:.]+")
_TEXT, _SIDE = "__text", "__side"
_DAY = 86_400_000_000_000


def parse(stage: Stage, rows: Node) -> Node:
    """`logcompare [field=f] [timeshift -24h]`, `logcompare start_time -2d end_time -1d`."""
    if any(side_inputs(node) for node in inputs(rows)) or stage.names.closed:
        raise stage.refuse("rows after an aggregate or out of several queries", "put it behind the stages that look at messages")
    source: str | None = None
    before = earlier(rows, _DAY, stage.context.now)
    while not stage.done():
        stage.accept(",")
        if (given := stage.source()) is not None:
            source = given
        elif stage.keyword("timeshift"):
            before = earlier(rows, _shift(stage), stage.context.now)
        elif stage.keyword("start_time"):
            start = _moment(stage)
            if not stage.keyword("end_time"):
                raise stage.unexpected("`end_time` and a time")
            before = at(rows, TimeRange(start, _moment(stage)))
        elif stage.sees("baseline"):
            raise stage.refuse("`baseline` with a query of its own", "compare with an earlier time by `timeshift`")
        else:
            raise stage.unexpected("`timeshift` and a length of time, or `start_time`")
    source = source or stage.names.use("_raw")
    stage.names.close(*_RESULTS)
    sides = [_marked(stage, each, source, side) for each, side in ((rows, 1), (before, 0))]
    every = Union(sides[0], (sides[1],), command="logcompare", span=stage.span)
    options = (("source", _TEXT), ("by", ""), ("limit", 0), ("order", ""), ("side", _SIDE))
    return Transform(every, "signatures", options, (_TEXT, _SIDE), keeps=False, command="logcompare", span=stage.span)


def _marked(stage: Stage, rows: Node, source: str, side: int) -> Node:
    made = Extend(rows, ((_TEXT, Field(source)), (_SIDE, Literal(side))), command="logcompare", span=stage.span)
    return Project(made, (_TEXT, _SIDE), "table", command="logcompare", span=stage.span)


def _shift(stage: Stage) -> int:
    """Nanoseconds back."""
    stage.accept("=")
    stage.space()
    found = stage.take(_LENGTH)
    if found is None:
        if stage.accept("*"):
            # A variable without a value.
            return _DAY
        raise stage.unexpected("a length of time such as `-24h`")
    length = read_span(re.sub(r"\s", "", found[1]), Span(*found.span()))
    if length.unit not in SECONDS:
        raise stage.refuse("lengths of months and years", "write days, as in `-30d`")
    return round(length.seconds * 1_000_000_000)


def _moment(stage: Stage) -> int:
    stage.accept("=")
    stage.space()
    found = stage.take(_TIME)
    if found is None:
        raise stage.unexpected("a time such as `-2d`")
    return read_time(found[1] or found[0], now=stage.context.now, zone=stage.context.zone, span=Span(*found.span()))


OPERATOR = Operator(
    spellings=("logcompare",),
    synopsis="logcompare [field=<field>] [timeshift <length> | start_time <time> end_time <time>]",
    summary="Compares how often each signature occurs with an earlier range, a day before unless said; the most different first.",
    parse=parse,
    examples=(
        Example("error | logcompare timeshift -24h", "What errors are new, gone, or more frequent than yesterday."),
        Example("* | logcompare start_time -8d end_time -7d", "Beside one day a week ago."),
    ),
    notes=(
        "Adds `_count` (0 = gone), `signature`, `_signature_id` and `_isNew`.",
        "`_deltaPercentage` is that of the shares in all messages; null for what is new.",
        "`_anomalyScore` is what the signature adds to the symmetric divergence of the shares.",
        "`baseline` with a query of its own is refused.",
    ),
)
