"""`predict`: a line, or a line and an autoregression, through values over time, and the rows that follow."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.model.problem import Span, fail
from pilotage.model.time import read_span

MOST_AHEAD = 100
_LENGTH = re.compile(r"\d+\s*[A-Za-z]+")
_OPTION = re.compile(r"(model|ar\.window|forecast|max)\s*=\s*([\w.*]+)", re.IGNORECASE)


def parse(stage: Stage, rows: Node) -> Node:
    """`predict f by 1m [model=ar, ar.window=n, forecast=3]`."""
    field = stage.field()
    if not stage.keyword("by"):
        raise stage.unexpected("`by` and the length of a slice")
    stage.space()
    found = stage.take(_LENGTH)
    if found is None and not stage.accept("*"):
        raise stage.unexpected("a length of time such as `1m`")
    step = None if found is None else round(read_span(re.sub(r"\s", "", found[0]), Span(*found.span())).seconds * 1000)
    given: dict[str, str] = {}
    while not stage.done():
        stage.accept(",")
        stage.space()
        option = stage.take(_OPTION)
        if option is None:
            raise stage.unexpected("an option such as `forecast=3`")
        given[option[1].lower()] = option[2]
    model = given.get("model", "linear").lower()
    if model not in ("linear", "ar", "*"):
        raise fail("option-value", f"`{model}` is no value for `model`", span=stage.span, hint="write `ar`, or nothing for a line")
    window = _count(stage, given.get("ar.window", "*"), 10, 1)
    ahead = _ahead(stage, given.get("forecast", "0"), step)
    time = stage.names.use("_timeslice")
    made = [f"{field}_predicted", f"{field}_error", *([f"{field}_linear"] if model == "ar" else [])]
    stage.names.define(*made)
    options = (("field", field), ("time", time), ("step", step), ("window", window if model == "ar" else 0), ("forecast", ahead))
    return Transform(rows, "autoregression", options, (time, field), command="predict", span=stage.span)


def _count(stage: Stage, text: str, default: int, least: int) -> int:
    if text == "*":
        return default
    if not text.isdigit() or not least <= int(text) <= 10_000:
        raise fail("option-value", f"`{text}` is no number of rows", span=stage.span, hint=f"write a whole number of at least {least}")
    return int(text)


def _ahead(stage: Stage, text: str, step: int | None) -> int:
    """Rows to add: a number, or a length of time."""
    if not text.isdigit() and text != "*" and step:
        count = round(read_span(text, stage.span).seconds * 1000) // step
    else:
        count = _count(stage, text, 0, 0)
    if count > MOST_AHEAD:
        raise fail("option-value", f"`forecast` adds at most {MOST_AHEAD} rows, not {count}", span=stage.span)
    return count


OPERATOR = Operator(
    spellings=("predict",),
    synopsis="predict <field> by <length> [model=ar] [ar.window=<rows>] [forecast=<rows or length>]",
    summary="Adds what a straight line, or with `model=ar` an autoregression round one, says of a field, and the rows to come.",
    parse=parse,
    examples=(
        Example("* | timeslice 1m | count by _timeslice | predict _count by 1m forecast=3", "A line, and three minutes more."),
        Example("* | timeslice 1m | count by _timeslice | predict _count by 1m model=ar, ar.window=20, forecast=5", "The last 20 count."),
    ),
    notes=(
        "Adds `f_predicted` and `f_error`, the prediction less the value; `model=ar` adds `f_linear` too.",
        "A gap is a gap: slices without a row or a number are not taken for 0.",
    ),
)
