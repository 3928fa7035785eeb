"""How a function of the language is declared: name, argument count, help, running examples, and how it becomes SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from pilotage.language.plan.expressions import Call, Expression
from pilotage.language.plan.nodes import Sparkline
from pilotage.language.sql.fragments import Sql
from pilotage.language.sql.value import Value
from pilotage.model.problem import PilotageError, fail

Example = tuple[str, str]


class Site(Protocol):
    """Where a function is called: its arguments, and the evaluator for those that need other than plain evaluation."""

    @property
    def call(self) -> Call:
        """The call as parsed."""
        ...

    @property
    def arguments(self) -> Sequence[Value]:
        """The evaluated arguments."""
        ...

    @property
    def now(self) -> int:
        """Epoch nanoseconds of the search's start."""
        ...

    @property
    def zone(self) -> str:
        """The search's time zone."""
        ...

    def evaluate(self, expression: Expression, bound: dict[str, Value] | None = None) -> Value:
        """The value of an expression, with some fields bound to other values."""
        ...

    def condition(self, expression: Expression, bound: dict[str, Value] | None = None) -> Sql:
        """An expression as a condition, with some fields bound to other values."""
        ...

    def text_constant(self, index: int) -> str:
        """The argument as a literal text; refused when it is not one."""
        ...


@dataclass(frozen=True, slots=True)
class Function:
    """An eval function. `maximum` is `None` for any number of arguments; `lazy` ones get no evaluated arguments.

    `sumo` are its names in Sumo's language, in lower case; one called `sumo.…` is known there only.
    """

    name: str
    minimum: int
    maximum: int | None
    build: Callable[[Site], Value]
    help: str
    examples: tuple[Example, ...] = ()
    aliases: tuple[str, ...] = ()
    lazy: bool = False
    sumo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AggregateSite:
    """Where an aggregate is called. `argument` is `None` for a bare `count`.

    `ordinal` is an expression that grows with the row order and `time` the row's `_time`, if there is one; both only where asked for.
    `span_seconds` is the width of a timechart bucket.
    """

    argument: Value | None
    parameter: float | None
    condition: bool
    ordinal: Callable[[], Sql]
    time: Callable[[], Value | None]
    span_seconds: float | None = None
    series: Callable[[], Value | None] = lambda: None
    """What tells the series of a metric apart."""
    spark: Sparkline | None = None

    @property
    def value(self) -> Value:
        """The argument, which this function needs."""
        if self.argument is None:
            raise fail("argument-missing", "this aggregate needs a field, as in `sum(bytes)`")
        return self.argument


@dataclass(frozen=True, slots=True)
class AggregateFunction:
    """A stats function: `build` gives the SQL of the aggregate. `needs_argument` is false only for `count`."""

    name: str
    build: Callable[[AggregateSite], Value]
    help: str
    examples: tuple[Example, ...] = ()
    aliases: tuple[str, ...] = ()
    needs_argument: bool = True
    takes_parameter: bool = False
    needs_span: bool = False
    ordered: bool = False
    """Whether it looks at the order of rows."""
    zero: bool = False
    """Whether it is 0 rather than null over no rows."""

    @property
    def minimum(self) -> int:
        """The fewest arguments."""
        return 1 if self.needs_argument else 0

    @property
    def maximum(self) -> int | None:
        """The most arguments."""
        return 1


def function(
    name: str,
    least: int,
    most: int | None = -1,
    *,
    help: str,
    examples: Sequence[Example] = (),
    aliases: Sequence[str] = (),
    lazy: bool = False,
    sumo: Sequence[str] = (),
) -> Callable[[Callable[[Site], Value]], Function]:
    """Declare an eval function of `least` to `most` arguments (default: exactly `least`) around its build function."""
    limit = least if most == -1 else most
    return lambda build: Function(name, least, limit, build, help, tuple(examples), tuple(aliases), lazy, tuple(sumo))


def stats_function(
    name: str,
    *,
    help: str,
    examples: Sequence[Example] = (),
    aliases: Sequence[str] = (),
    needs_argument: bool = True,
    takes_parameter: bool = False,
    needs_span: bool = False,
    ordered: bool = False,
    zero: bool = False,
) -> Callable[[Callable[[AggregateSite], Value]], AggregateFunction]:
    """Declare a stats function around its build function."""
    return lambda build: AggregateFunction(
        name, build, help, tuple(examples), tuple(aliases), needs_argument, takes_parameter, needs_span, ordered, zero
    )


def refuse(site: Site, sentence: str, *, hint: str | None = None) -> PilotageError:
    """The error of a function that cannot take what it was given."""
    return fail("bad-argument", f"`{site.call.name}` {sentence}", span=site.call.span, hint=hint)


def split_states(tree: Sql, store: Callable[[Sql], Sql]) -> Sql:
    """`tree` with every aggregate call replaced by what `store` makes of it; used to split an aggregate into state and merge."""
    return tree.transform(lambda node: store(node) if isinstance(node, exp.AnonymousAggFunc | exp.ParameterizedAgg) else node)
