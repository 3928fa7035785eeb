"""`bin`: the range of width that a number lies in."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal
from pilotage.language.plan.nodes import Extend, Node
from pilotage.language.plan.walk import chain
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.model.problem import fail

_OPTION = re.compile(r"(width|min|max)\s*=\s*", re.IGNORECASE)
_LOWER, _UPPER = "_bin_lower", "_bin_upper"


def parse(stage: Stage, rows: Node) -> Node:
    """`bin f width=10[, min=0, max=100] [as low, high]`."""
    field = stage.argument()
    given: dict[str, float] = {}
    while not stage.done() and not stage.sees("as"):
        stage.accept(",")
        stage.space()
        option = stage.take(_OPTION)
        value = stage.number() if option else None
        if option is None or value is None:
            raise stage.unexpected("an option such as `width=10`")
        given[option[1].lower()] = value
    names = stage.new_names() if stage.keyword("as") else (_LOWER, _UPPER)
    stage.finish()
    width = given.get("width", 0)
    if width <= 0:
        raise fail("option-value", "`bin` needs a `width` above 0", span=stage.span, hint=f"write `bin {field} width=10`")
    if len(names) != 2:
        raise fail("parse-names", f"a range has a lower and an upper end, {len(names)} names are given", span=stage.span)
    stage.names.define(*names)
    least = given.get("min", 0.0)
    number = Call("tonumber", (Field(field),))
    start = Binary(
        "+", Binary("*", Call("floor", (Binary("/", Binary("-", number, Literal(least)), Literal(width)),)), Literal(width)), Literal(least)
    )
    bounds: list[Expression] = [Binary(">=", number, Literal(given["min"]))] if "min" in given else []
    bounds += [Binary("<", number, Literal(given["max"]))] if "max" in given else []
    lower: Expression = Call("if", (chain("AND", bounds), start, Literal(None))) if bounds else start
    made = ((names[0], lower), (names[1], Binary("+", Field(names[0]), Literal(width))))
    return Extend(rows, made, command="bin", span=stage.span)


OPERATOR = Operator(
    spellings=("bin",),
    synopsis="bin <field> width=<number> [min=<number>] [max=<number>] [as <lower>, <upper>]",
    summary="Adds the ends of the range of a width that a number lies in, as `_bin_lower` and `_bin_upper`.",
    parse=parse,
    examples=(Example("* | bin ms width=100, min=0, max=1000 | count by _bin_lower", "How long requests take, by tenths of a second."),),
    notes=("Ranges begin at `min`, or 0. A number below `min`, or not below `max`, lies in none: its ends are null.",),
)
