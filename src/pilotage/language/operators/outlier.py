"""`outlier`: values outside a band round the mean of the rows before."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Unary
from pilotage.language.plan.nodes import Aggregation, Extend, Node, Project
from pilotage.language.plan.windows import Window
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.scanner import nearest
from pilotage.model.problem import Span, fail

_OPTION = re.compile(r"(window|threshold|consecutive|direction)\s*=\s*([-+]{1,2}|-?[\w.*]+)", re.IGNORECASE)
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)\s*=")
_DEFAULTS = {"window": "10", "threshold": "3", "consecutive": "1", "direction": "+-"}
_FEWEST = 3
"""Rows before, at least, for a row to be judged."""


def parse(stage: Stage, rows: Node) -> Node:
    """`outlier f [, f2] [by g] [window=10, threshold=3.0, consecutive=1, direction=+-]`."""
    fields = [stage.field()]
    given: dict[str, str] = {}
    by: tuple[str, ...] = ()
    while not stage.done():
        stage.accept(",")
        stage.space()
        if found := stage.take(_OPTION):
            # A variable without a value leaves the default.
            given[found[1].lower()] = _DEFAULTS[found[1].lower()] if found[2] == "*" else found[2]
        elif found := stage.take(_ASSIGNED):
            word = Span(found.start(1), found.end(1))
            hint = nearest(found[1].lower(), _DEFAULTS) or f"its options are {', '.join(f'`{name}`' for name in _DEFAULTS)}"
            raise fail("unknown-option", f"`outlier` has no option `{found[1]}`", span=word, hint=hint)
        elif stage.sees("by", "group"):
            by = stage.by()
        else:
            fields.append(stage.field("a field or an option such as `window=10`"))
    options = {**_DEFAULTS, **given}
    window, consecutive = (_number(stage, name, options[name], 1) for name in ("window", "consecutive"))
    threshold = _number(stage, "threshold", options["threshold"], 0)
    if options["direction"] not in ("+", "-", "+-", "-+"):
        raise fail("option-value", f"`{options['direction']}` is no value for `direction`", span=stage.span, hint="write `+`, `-` or `+-`")
    for field in fields:
        rows = _judged(stage, rows, field, by, (int(window), threshold, int(consecutive), options["direction"]))
    return rows


def _number(stage: Stage, name: str, text: str, least: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not least <= value <= 1_000_000:
        raise fail("option-value", f"`{text}` is no value for `{name}`", span=stage.span, hint=f"write a number of at least {least:g}")
    return value


def _judged(stage: Stage, rows: Node, field: str, by: tuple[str, ...], how: tuple[int, float, int, str]) -> Node:
    window, threshold, consecutive, direction = how
    span: Span = stage.span
    value: Expression = Call("tonumber", (Field(field),))
    mean, spread, seen, run = (f"{field}_mean", f"{field}_std", "__seen", "__run")
    before = (
        Aggregation("avg", value, mean, span=span),
        Aggregation("stdev", value, spread, span=span),
        Aggregation("count", value, seen, span=span),
    )
    node: Node = Window(rows, before, by, current=False, rows=window, per_group=True, command="outlier", span=span)
    reach = Binary("*", Literal(threshold), Field(spread))
    upper, lower = Binary("-", Field(mean), Unary("-", reach)), Binary("-", Field(mean), reach)
    above, below = Binary(">", value, Field(f"{field}_upper")), Binary("<", value, Field(f"{field}_lower"))
    outside = {"+": above, "-": below}.get(direction, Binary("OR", above, below))
    known = Binary(">=", Field(seen), Literal(min(_FEWEST, window)))
    judged = (
        (f"{field}_error", Binary("-", value, Field(mean))),
        (f"{field}_lower", lower),
        (f"{field}_upper", upper),
        (f"{field}_indicator", Call("if", (Binary("AND", known, outside), Literal(1), Literal(0)))),
    )
    node = Extend(node, judged, command="outlier", span=span)
    counted = Aggregation("sum", Field(f"{field}_indicator"), run, span=span)
    node = Window(node, (counted,), by, rows=consecutive, per_group=True, command="outlier", span=span)
    violated = Call("if", (Binary("=", Field(run), Literal(consecutive)), Literal(1), Literal(0)))
    node = Extend(node, ((f"{field}_violation", violated),), command="outlier", span=span)
    made = [f"{field}_{name}" for name in ("error", "lower", "upper", "indicator", "violation", "std")]
    stage.names.define(*made)
    return Project(node, (mean, seen, run), "drop", command="outlier", span=span)


OPERATOR = Operator(
    spellings=("outlier",),
    synopsis="outlier <field>, … [by <field>, …] [window=<rows>] [threshold=<number>] [consecutive=<rows>] [direction=+|-|+-]",
    summary="Compares each row with the mean and standard deviation of those before it, and marks the ones outside.",
    parse=parse,
    examples=(
        Example("* | timeslice 1m | count by _timeslice | outlier _count window=5, threshold=2", "Minutes with unusually many messages."),
        Example("* | timeslice 1m | avg(ms) as ms by _timeslice, service | outlier ms by service direction=+", "Slow minutes of each."),
    ),
    notes=(
        "Adds `f_error`, `f_lower`, `f_upper`, `f_std`, `f_indicator` (1 outside) and `f_violation` (1 after `consecutive` of them).",
        f"The row itself is not part of its mean; with fewer than {_FEWEST} rows before, none is outside.",
        "The newest slice is judged as any other, also when it is not complete yet.",
    ),
)
