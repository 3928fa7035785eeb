"""`sparkline`: an aggregate in equal slices of time as one multivalue, to be drawn small."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, aggregate, call, infix, lambda_, literal, parameter
from pilotage.language.sql.signature import AggregateSite, stats_function
from pilotage.language.sql.value import Value, number, present, text
from pilotage.model.fields import Kind

MARK = "##__SPARKLINE__##"
_NAMES = {
    "avg": "avg", "sum": "sum", "sumsq": "sum", "min": "min", "max": "max", "stdev": "stddevSampStable", "stdevp": "stddevPopStable",
    "var": "varSampStable", "varp": "varPopStable",
}  # fmt: skip


@stats_function("sparkline", help="An aggregate in equal slices of time, to be drawn; 0 where there is nothing.", needs_argument=False)
def sparkline(site: AggregateSite) -> Value:
    """`sparkline(sum(f), 5m)`: the mark, then a value a slice."""
    time = site.time()
    spark = site.spark
    if spark is None or spark.seconds is None or time is None or time.kind is not Kind.TIME:
        return Value(call("CAST", call("array"), "Array(String)"), Kind.MULTI)
    ticks = infix(exp.Sub, call("toUnixTimestamp64Nano", call("assumeNotNull", time.sql)), literal(spark.start))
    place = call("intDiv", ticks, max(1, round(spark.seconds * 1e9)))
    slices = _slices(site, spark.function, call("if", present(time), place, -1), spark.count)
    shown = call("toString", call("if", call("isFinite", parameter("v")), parameter("v"), 0))
    return Value(call("arrayConcat", call("array", MARK), call("arrayMap", lambda_("v", shown), slices)), Kind.MULTI)


def _slices(site: AggregateSite, function: str, place: Sql, count: int) -> Sql:
    """The aggregate of each slice, an array."""

    def resampled(name: str, argument: Sql) -> Sql:
        return aggregate(f"{name}Resample", argument, place, parameters=(0, count, 1))

    if function == "count":
        if site.argument is None:
            return resampled("sum", call("toUInt64", 1))
        found = site.argument.sql if site.condition else present(site.argument)
        return resampled("sum", call("toUInt64", call("ifNull", found, exp.false())))
    value = site.value
    if function == "dc":
        return resampled("uniqExact", text(value))
    plain = call("toFloat64", number(value))
    if function == "range":
        both = [exp.Identifier(this="a"), exp.Identifier(this="b")]
        spread = exp.Lambda(this=infix(exp.Sub, parameter("a"), parameter("b")), expressions=both)
        return call("arrayMap", spread, resampled("max", plain), resampled("min", plain))
    return resampled(_NAMES[function], call("pow", plain, 2) if function == "sumsq" else plain)
