"""The few shapes of SQL that everything here is built from, as sqlglot nodes: literals are literals, names of ours are identifiers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlglot import exp

from pilotage.model.problem import fail

Sql = exp.Expression
Argument = Sql | str | int | float | bool | None

NANOSECONDS = 1_000_000_000
MOST_LEVELS = 90
"""SELECTs inside each other; the engine takes 100, and a run adds some."""


def literal(value: Argument) -> Sql:
    """A constant of the language as a SQL literal; an expression is passed through."""
    if isinstance(value, exp.Expression):
        return value
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.Literal.number(value)


def call(name: str, *arguments: Argument) -> Sql:
    """A ClickHouse function by its own name."""
    return exp.Anonymous(this=name, expressions=[literal(a) for a in arguments])


def aggregate(name: str, *arguments: Argument, parameters: Sequence[Argument] = ()) -> Sql:
    """A ClickHouse aggregate function; kept apart from plain calls so that it can be split into state and merge."""
    items = [literal(a) for a in arguments]
    if parameters:
        return exp.ParameterizedAgg(this=name, expressions=[literal(p) for p in parameters], params=items)
    return exp.AnonymousAggFunc(this=name, expressions=items)


def identifier(name: str) -> Sql:
    """A column by a name of ours (never a person's)."""
    return exp.Column(this=exp.Identifier(this=name, quoted=True))


def array(items: Iterable[Argument]) -> Sql:
    """An array of the items."""
    return call("array", *items)


def lambda_(parameter: str, body: Sql) -> Sql:
    """`parameter -> body`."""
    return exp.Lambda(this=body, expressions=[exp.Identifier(this=parameter, quoted=False)])


def parameter(name: str) -> Sql:
    """A reference to a lambda's parameter."""
    return exp.Column(this=exp.Identifier(this=name, quoted=False))


def infix(kind: type[exp.Binary], left: Sql, right: Sql) -> Sql:
    """A binary operator with its operands in parentheses where they are operators themselves."""
    result: Sql = kind(this=_wrapped(left), expression=_wrapped(right))  # type: ignore[assignment]  # sqlglot types Binary apart
    return result


def _wrapped(part: Sql) -> Sql:
    loose = exp.Binary | exp.Not | exp.Is | exp.In | exp.Lambda | exp.Neg
    return exp.Paren(this=part) if isinstance(part, loose) else part


def all_of(parts: Iterable[Sql]) -> Sql:
    """Conjunction; true when there are no parts."""
    return _chain(exp.And, parts, empty=True)


def any_of(parts: Iterable[Sql]) -> Sql:
    """Disjunction; false when there are no parts."""
    return _chain(exp.Or, parts, empty=False)


def _chain(kind: type[exp.And | exp.Or], parts: Iterable[Sql], *, empty: bool) -> Sql:
    result: Sql | None = None
    for part in parts:
        wrapped = part if isinstance(part, kind) else _wrapped(part)
        result = wrapped if result is None else kind(this=result, expression=wrapped)
    return exp.Boolean(this=empty) if result is None else result


def negation(part: Sql) -> Sql:
    """`NOT part`."""
    return exp.Not(this=_wrapped(part))


def is_null(part: Sql) -> Sql:
    """Whether `part` is null."""
    return call("isNull", part)


def is_present(part: Sql) -> Sql:
    """Whether `part` is not null."""
    return call("isNotNull", part)


def within(part: Sql, items: Iterable[Argument]) -> Sql:
    """`part IN (items)`."""
    return exp.In(this=_wrapped(part), expressions=[literal(i) for i in items])


def moment(nanoseconds: int) -> Sql:
    """A point in time, epoch nanoseconds, as DateTime64(9)."""
    return call("fromUnixTimestamp64Nano", nanoseconds)


def window(function: Sql, partition: Sequence[Sql] = (), order: Sequence[exp.Ordered] = (), *, running: bool = False) -> Sql:
    """A window function; `running` frames from the first row to the current one."""
    spec = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW") if running else None
    ordering = exp.Order(expressions=list(order)) if order else None
    return exp.Window(this=function, partition_by=list(partition), order=ordering, spec=spec, over="OVER")


def weight(part: Sql) -> int:
    """How many nodes an expression has, counted up to a few: decides whether it gets a name instead of being repeated."""
    count = 0
    for _ in part.walk():
        count += 1
        if count > 12:
            break
    return count


def column_names(part: Sql) -> set[str]:
    """Names of the columns an expression reads. It goes through every SELECT, so it is no more than a loop."""
    found: set[str] = set()
    waiting: list[Sql] = [part]
    while waiting:
        current = waiting.pop()
        if isinstance(current, exp.Column):
            found.add(current.name)
            continue
        for value in current.args.values():
            if isinstance(value, list):
                waiting += [each for each in value if isinstance(each, exp.Expression)]
            elif isinstance(value, exp.Expression):
                waiting.append(value)
    return found


def render(part: Sql) -> str:
    """ClickHouse text. Raises code `query-too-large` for more levels of SELECT than the engine takes."""
    levels, inner = 0, part
    while isinstance(inner, exp.Select) and (source := inner.args.get("from_")) is not None and isinstance(source.this, exp.Subquery):
        levels, inner = levels + 1, source.this.this
    try:
        if levels <= MOST_LEVELS:
            return part.sql(dialect="clickhouse", copy=False)
    except RecursionError:
        levels = MOST_LEVELS + 1
    sentence = f"the stages nest more than {MOST_LEVELS} deep in one statement"
    raise fail("query-too-large", sentence, hint="put several conditions, or several fields out of one text, into one stage")


def json_key(name: str) -> str:
    """A field name as a JSON string."""
    return json.dumps(name, ensure_ascii=False)
