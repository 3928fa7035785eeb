"""Stats functions over numbers: counts, sums, means, spread, percentiles, rates."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, aggregate, call, infix, lambda_, literal, parameter
from pilotage.language.sql.signature import AggregateFunction, AggregateSite, stats_function
from pilotage.language.sql.value import Value, double, number, parsed, present, text
from pilotage.model.fields import Kind


def _numbers(value: Value) -> tuple[str, Sql]:
    """The combinator suffix and the nullable numbers to aggregate: each member of a multivalue counts."""
    if value.kind is Kind.MULTI:
        return "Array", call("arrayMap", lambda_("m", parsed(parameter("m"))), value.sql)
    return "", call("toNullable", number(value))


def _numeric(site: AggregateSite, name: str, *parameters: float) -> Sql:
    suffix, numbers = _numbers(site.value)
    return aggregate(name + suffix, numbers, parameters=parameters)


def _simple(name: str, sql_name: str, help_text: str, aliases: tuple[str, ...] = ()) -> AggregateFunction:
    return stats_function(name, help=help_text, aliases=aliases)(lambda site: Value(_numeric(site, sql_name), Kind.NUMBER))


@stats_function(
    "count", help="Rows, values of a field, or rows where a condition is true.", aliases=("c",), needs_argument=False, zero=True
)
def count(site: AggregateSite) -> Value:
    """`count`, `count(f)`, `count(eval(condition))`."""
    value = site.argument
    if value is None:
        return Value(aggregate("count"), Kind.NUMBER)
    if site.condition:
        return Value(aggregate("countIf", call("ifNull", value.sql, exp.false())), Kind.NUMBER)
    if value.kind is Kind.MULTI:
        return Value(aggregate("sum", call("length", value.sql)), Kind.NUMBER)
    return Value(aggregate("countIf", present(value)), Kind.NUMBER)


average = _simple("avg", "avg", "The mean of the numbers.", ("mean",))
total = _simple("sum", "sum", "The sum of the numbers.")
variance = _simple("var", "varSampStable", "The sample variance (n-1).")
population_variance = _simple("varp", "varPopStable", "The variance of the whole (n).")
population_deviation = _simple("stdevp", "stddevPopStable", "The standard deviation of the whole (n).")


@stats_function("stdev", help="The sample standard deviation (n-1); 0 over one number.")
def deviation(site: AggregateSite) -> Value:
    """`stdev(f)`."""
    one = infix(exp.EQ, _numeric(site, "count"), literal(1))
    return Value(call("if", one, literal(0.0), _numeric(site, "stddevSampStable")), Kind.NUMBER)


@stats_function("sumsq", help="The sum of the squares.")
def squares(site: AggregateSite) -> Value:
    """`sumsq(f)`."""
    value = site.value
    if value.kind is Kind.MULTI:
        squared = call("arrayMap", lambda_("m", call("pow", parsed(parameter("m")), 2)), value.sql)
        return Value(aggregate("sumArray", squared), Kind.NUMBER)
    return Value(aggregate("sum", call("toNullable", call("pow", double(value), 2))), Kind.NUMBER)


@stats_function("range", help="The greatest number less the least.")
def range_(site: AggregateSite) -> Value:
    """`range(f)`."""
    return Value(infix(exp.Sub, _numeric(site, "max"), _numeric(site, "min")), Kind.NUMBER)


def _extreme(name: str) -> AggregateFunction:
    def build(site: AggregateSite) -> Value:
        value = site.value
        if value.kind in {Kind.NUMBER, Kind.TIME}:
            return Value(aggregate(name, call("toNullable", value.sql)), value.kind)
        suffix, numbers = _numbers(value)
        texts = value.sql if value.kind is Kind.MULTI else text(value)
        all_numeric = infix(exp.EQ, aggregate(f"count{suffix}", texts), aggregate(f"count{suffix}", numbers))
        best = call("toString", aggregate(f"{name}{suffix}", numbers))
        return Value(call("if", all_numeric, best, aggregate(f"{name}{suffix}", texts)), Kind.VALUE)

    side = "greatest" if name == "max" else "least"
    return stats_function(name, help=f"The {side} value: by number if all are numbers, else by text.")(build)


maximum = _extreme("max")
minimum = _extreme("min")


def _percentile(name: str, help_text: str, aliases: tuple[str, ...] = ()) -> AggregateFunction:
    return stats_function(name, help=help_text, aliases=aliases, takes_parameter=True)(
        lambda site: Value(_numeric(site, "quantileExact", (site.parameter if site.parameter is not None else 50) / 100), Kind.NUMBER)
    )


perc = _percentile("perc", "A percentile by nearest rank, as in `perc95(ms)`.", ("p",))
exactperc = _percentile("exactperc", "A percentile by nearest rank, exact.")
upperperc = _percentile("upperperc", "A percentile by nearest rank, the upper of two.")
median = stats_function("median", help="The middle number, the upper of two.")(
    lambda site: Value(_numeric(site, "quantileExactHigh", 0.5), Kind.NUMBER)
)


def _per(name: str, width: float) -> AggregateFunction:
    def build(site: AggregateSite) -> Value:
        span = site.span_seconds or 1.0
        return Value(infix(exp.Div, _numeric(site, "sum"), literal(span / width)), Kind.NUMBER)

    return stats_function(name, help=f"The sum {name.replace('_', ' ')} of each bucket.", needs_span=True)(build)


per_second = _per("per_second", 1.0)
per_minute = _per("per_minute", 60.0)
per_hour = _per("per_hour", 3600.0)
per_day = _per("per_day", 86400.0)
