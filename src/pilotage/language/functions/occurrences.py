"""Stats functions over values as such: distinct ones, lists, the first and the latest."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, aggregate, call, infix, lambda_, literal, parameter
from pilotage.language.sql.signature import AggregateFunction, AggregateSite, stats_function
from pilotage.language.sql.value import Value, multi, present, seconds, text
from pilotage.model.fields import Kind

LIST_LENGTH = 100


def _distinct(name: str, sql_name: str, help_text: str, aliases: tuple[str, ...] = ()) -> AggregateFunction:
    def build(site: AggregateSite) -> Value:
        value = site.value
        if value.kind is Kind.MULTI:
            return Value(aggregate(f"{sql_name}Array", value.sql), Kind.NUMBER)
        if value.solid and value.plain is not None:
            return Value(aggregate(f"{sql_name}If", value.plain, present(value)), Kind.NUMBER)
        return Value(aggregate(sql_name, text(value)), Kind.NUMBER)

    return stats_function(name, help=help_text, aliases=aliases, zero=True)(build)


dc = _distinct("dc", "uniqExact", "How many distinct values, exactly.", ("distinct_count",))
estdc = _distinct("estdc", "uniq", "How many distinct values, estimated beyond some thousands.")
estdc_error = stats_function(
    "estdc_error", help="The error to expect of `estdc`: 0 where it is exact, up to 65,536 distinct values, else about 0.005.", zero=True
)(lambda site: Value(call("if", infix(exp.LTE, estdc.build(site).sql, literal(65536)), literal(0.0), literal(0.005)), Kind.NUMBER))


@stats_function("values", help="The distinct values in the order of texts.")
def values(site: AggregateSite) -> Value:
    """`values(f)`."""
    value = site.value
    if value.kind is Kind.MULTI:
        return Value(call("arraySort", aggregate("groupUniqArrayArray", value.sql)), Kind.MULTI)
    return Value(call("arraySort", aggregate("groupUniqArray", text(value))), Kind.MULTI)


@stats_function("list", help=f"The first {LIST_LENGTH} values in row order, repeats kept.", ordered=True)
def list_(site: AggregateSite) -> Value:
    """`list(f)`."""
    value = site.value
    item = call("tuple", site.ordinal(), multi(value))
    ordered = aggregate("groupArraySortedIf", item, present(value), parameters=[LIST_LENGTH])
    texts = call("arrayFlatten", call("arrayMap", lambda_("p", call("tupleElement", parameter("p"), 2)), ordered))
    return Value(call("arraySlice", texts, 1, LIST_LENGTH), Kind.MULTI)


@stats_function("mode", help="The most frequent value.")
def mode(site: AggregateSite) -> Value:
    """`mode(f)`; the smallest text among equals."""
    pair = aggregate(
        "sumMap", multi(site.value), call("arrayResize", call("array", literal(1)), call("length", multi(site.value)), literal(1))
    )
    names, counts = call("tupleElement", pair, 1), call("tupleElement", pair, 2)
    best = call("arrayElement", names, call("indexOf", counts, call("arrayMax", counts)))
    return Value(call("if", call("empty", names), None, best), Kind.VALUE)


def _picked(site: AggregateSite, name: str, place: Sql) -> Value:
    value = site.value
    if value.kind is Kind.MULTI:
        return Value(aggregate(f"{name}If", value.sql, place, present(value)), Kind.MULTI)
    picked = aggregate(name, call("toNullable", value.sql), place)
    letter = aggregate(f"{name}If", value.type, place, present(value)) if value.type is not None else None
    return Value(picked, value.kind, letter)


first = stats_function("first", help="The first value in row order; without a sort the newest.", ordered=True)(
    lambda site: _picked(site, "argMin", site.ordinal())
)
last = stats_function("last", help="The last value in row order; without a sort the oldest.", ordered=True)(
    lambda site: _picked(site, "argMax", site.ordinal())
)


def _by_time(name: str, sql_name: str, help_text: str) -> AggregateFunction:
    def build(site: AggregateSite) -> Value:
        time = site.time()
        if time is None:
            return Value(exp.null(), Kind.TEXT, constant=(None,))
        return _picked(site, sql_name, time.sql)

    return stats_function(name, help=help_text)(build)


earliest = _by_time("earliest", "argMin", "The value with the smallest `_time`.")
latest = _by_time("latest", "argMax", "The value with the largest `_time`.")


def _time_of(name: str, sql_name: str, help_text: str) -> AggregateFunction:
    def build(site: AggregateSite) -> Value:
        time = site.time()
        if time is None or time.kind is not Kind.TIME:
            return Value(exp.null(), Kind.NUMBER, constant=(None,))
        chosen = call("if", present(site.value), call("toNullable", seconds(time.sql)), None)
        return Value(aggregate(sql_name, chosen), Kind.NUMBER)

    return stats_function(name, help=help_text)(build)


earliest_time = _time_of("earliest_time", "min", "The smallest `_time` of a row with the field.")
latest_time = _time_of("latest_time", "max", "The largest `_time` of a row with the field.")
