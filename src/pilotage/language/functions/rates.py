"""Stats functions about change in time: of one value, and of many series of a metric."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, aggregate, call, infix, lambda_, parameter
from pilotage.language.sql.signature import AggregateFunction, AggregateSite, stats_function
from pilotage.language.sql.value import Value, number, seconds, text
from pilotage.model.fields import Kind
from pilotage.model.problem import fail


@stats_function("rate", help="Change a second from the earliest to the latest value; null with fewer than two times.")
def rate(site: AggregateSite) -> Value:
    """`rate(f)`."""
    time = site.time()
    if time is None or time.kind is not Kind.TIME:
        return Value(exp.null(), Kind.NUMBER)
    numbers = call("toNullable", number(site.value))
    change = infix(exp.Sub, aggregate("argMax", numbers, time.sql), aggregate("argMin", numbers, time.sql))
    known = call("isNotNull", numbers)
    ticks = seconds(time.sql)
    elapsed = infix(exp.Sub, aggregate("maxIf", ticks, known), aggregate("minIf", ticks, known))
    return Value(infix(exp.Div, change, call("nullIf", elapsed, 0)), Kind.NUMBER)


def _over_series(name: str, help_text: str) -> AggregateFunction:
    folded = "arraySum" if name == "rate_sum" else "arrayAvg"

    def build(site: AggregateSite) -> Value:
        series, time = site.series(), site.time()
        if series is None or time is None or time.kind is not Kind.TIME:
            hint = "use it in `mstats`, or over the events of a metrics index"
            raise fail("series-needed", f"`{name}` needs points of metrics", hint=hint)
        numbers = number(site.value)
        pair = call("tuple", seconds(time.sql), call("ifNull", call("toFloat64", numbers), 0.0))
        item = call("map", call("ifNull", text(series), ""), pair)
        known = call("isNotNull", numbers)
        # The first and the last (time, value) of each series, in the order of their keys on either side.
        first, last = (call("mapValues", aggregate(f"{side}MapIf", item, known)) for side in ("min", "max"))
        return Value(call("if", call("empty", _rates(first, last)), None, call(folded, _rates(first, last))), Kind.NUMBER)

    return stats_function(name, help=help_text)(build)


def _rates(first: Sql, last: Sql) -> Sql:
    """The rate of each series with two times."""

    def of(pair: str, place: int) -> Sql:
        return call("tupleElement", parameter(pair), place)

    change, elapsed = infix(exp.Sub, of("b", 2), of("a", 2)), infix(exp.Sub, of("b", 1), of("a", 1))
    each = exp.Lambda(this=infix(exp.Div, change, elapsed), expressions=[exp.Identifier(this="a"), exp.Identifier(this="b")])
    return call("arrayFilter", lambda_("r", call("isFinite", parameter("r"))), call("arrayMap", each, first, last))


rate_avg = _over_series("rate_avg", "The mean of the rates of all series of a metric.")
rate_sum = _over_series("rate_sum", "The sum of the rates of all series of a metric.")
