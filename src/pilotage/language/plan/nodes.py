"""Plan nodes: what a query means, whatever dialect it was written in.

A plan is a chain: every node but a source has one `input`. Rows flow with an implicit order (newest first out of `Scan`);
a node says when it changes it. Columns are either *closed* (all names known) or *open* (events: the fixed columns plus
whatever attributes each row has). Nothing here knows SQL or text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pilotage.language.plan.expressions import NOWHERE, Expression
from pilotage.model.problem import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Base of all plan nodes. `command` and `span` say which words of the query made it (for errors and `explain`)."""

    command: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """`[earliest, latest)` in epoch nanoseconds; `None` = unbounded on that side."""

    earliest: int | None = None
    latest: int | None = None


@dataclass(frozen=True, slots=True)
class Scan(Node):
    """Events of the indexes that match `indexes` (patterns with `*`; empty = the dialect's default), newest first; open columns.

    `condition` is a search-clause expression or `None`; `time` bounds `_time`. A pattern matches names with a leading `_` only if it has
    one too (`*` leaves `_internal` out). With `tables`, only events of these kinds (`logs`, `spans`, `points`).
    """

    indexes: tuple[str, ...]
    time: TimeRange
    condition: Expression | None = None
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows(Node):
    """Literal rows (`makeresults`, test data): column names and values; `_time` is epoch seconds."""

    columns: tuple[str, ...]
    values: tuple[tuple[str | float | int | bool | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Stage(Node):
    """The table a previous stage left (made by `engine` when it cuts the plan at a barrier)."""

    table: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """Keep rows whose `condition` is true (null is not true)."""

    input: Node
    condition: Expression


@dataclass(frozen=True, slots=True)
class Extend(Node):
    """`eval`: assignments run left to right, each sees the ones before; a target that exists is replaced.

    A target of `{name}` form is dynamic: the column is named by that field's value in each row.
    """

    input: Node
    assignments: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Extract(Node):
    """`rex`/`parse regex`: named groups of `pattern` over `source` become columns.

    No match leaves the row as it was. `max_match` 1 gives scalars, 0 = all matches as multivalue, n = at most n.
    `offset_field` receives `name=begin-end&…` (0-based, inclusive). `sed` is the other mode: `pattern` is a sed script
    (`s/re/replacement/flags`, `y/abc/xyz/`) and `source` is replaced.
    """

    input: Node
    source: str
    pattern: str
    max_match: int = 1
    offset_field: str | None = None
    sed: bool = False


@dataclass(frozen=True, slots=True)
class Project(Node):
    """Choose columns by name or `*` pattern.

    `mode`: `"table"` = exactly these, in this order, missing ones appear empty; `"keep"` = `fields +` (also keeps `_time` and `_raw`,
    order of the patterns); `"drop"` = `fields -`.
    """

    input: Node
    patterns: tuple[str, ...]
    mode: str


@dataclass(frozen=True, slots=True)
class Rename(Node):
    """`rename a AS b, x* AS y*`: pairs applied together; wildcards pair up in order."""

    input: Node
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key: `kind` ∈ `auto num str ip swap`; numbers sort numerically under `auto`, text lexically; nulls last.

    Under `swap` texts of lower case come before those of upper case.
    """

    field: str
    descending: bool = False
    kind: str = "auto"


@dataclass(frozen=True, slots=True)
class Sort(Node):
    """Stable sort; `limit` 0 = all rows."""

    input: Node
    keys: tuple[SortKey, ...]
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Limit(Node):
    """The first `count` rows, or the last ones in reverse order (`tail`) when `last`."""

    input: Node
    count: int
    last: bool = False


@dataclass(frozen=True, slots=True)
class While(Node):
    """`head (condition)`: rows up to the first whose condition is not true; `keep_last` keeps that one; `null_is_true` passes null."""

    input: Node
    condition: Expression
    keep_last: bool = False
    null_is_true: bool = False
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`sparkline(sum(x), 5m)`: the aggregate `function` in each of `count` slices of `seconds`, from `start` (epoch nanoseconds) on.

    What is not said follows from the time range when it is lowered.
    """

    function: str = "count"
    seconds: float | None = None
    start: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Aggregation:
    """One aggregate: canonical function name, argument (`None` for `count`), numeric parameter (`perc95` → 95.0), output name.

    With `wildcard` the argument is a `Field` whose name is a `*` pattern: one aggregate a matching column (those of `by` left out), and
    the stars of `alias` take the text that the stars of the field matched, in order.
    """

    function: str
    argument: Expression | None
    alias: str
    parameter: float | None = None
    wildcard: bool = False
    spark: Sparkline | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """`stats`: a row a group (rows with a null key dropped, each value of a multivalue key counted); without `by` exactly one row.

    Output columns: the `by` fields, then the aggregates as written. Rows come ordered by the keys. `null_keys`: rows with a null key form
    groups of their own.
    """

    input: Node
    aggregations: tuple[Aggregation, ...]
    by: tuple[str, ...] = ()
    null_keys: bool = False


@dataclass(frozen=True, slots=True)
class Bin(Node):
    """`bin`: replace `field` (or set `alias`) by its bucket.

    Exactly one of `span` and `bins` matters. `span` is a number of units: `unit` `""` = plain number, else `us ms s m h d w mon q y` on
    time; `bins` is a maximum number of buckets, rounded to nice spans. Numbers give `"30-40"`, times the bucket's start. `align` is epoch
    seconds; `minimum_span` a plain number, or seconds on time.
    """

    input: Node
    field: str
    alias: str
    span_value: float | None = None
    unit: str = ""
    bins: int = 100
    align: float | None = None
    start: float | None = None
    end: float | None = None
    minimum_span: float | None = None


@dataclass(frozen=True, slots=True)
class Dedup(Node):
    """The first `count` rows a distinct combination of `fields`, in order. Rows with a null among them are dropped unless `keep_empty`.

    `consecutive` compares neighbours only; `keep_events` keeps all rows but blanks the fields in the duplicates; `sort` orders the result.
    """

    input: Node
    fields: tuple[str, ...]
    count: int = 1
    keep_empty: bool = False
    keep_events: bool = False
    consecutive: bool = False
    sort: tuple[SortKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Top(Node):
    """`top`/`rare`: the most (or least, `rare`) frequent combinations of `fields`, within each combination of `by`; limit 0 = all."""

    input: Node
    fields: tuple[str, ...]
    by: tuple[str, ...] = ()
    limit: int = 10
    rare: bool = False
    count_field: str = "count"
    percent_field: str = "percent"
    show_count: bool = True
    show_percent: bool = True
    use_other: bool = False
    other: str = "OTHER"


@dataclass(frozen=True, slots=True)
class FillNull(Node):
    """Null cells of `fields` become `value`; without fields, of every column that has a value anywhere in the result."""

    input: Node
    value: str = "0"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series(Node):
    """`timechart` and `chart`: aggregates over buckets of `over`, one column a value of `by` (and a aggregate).

    `over_bin` describes the bucketing (a `Bin` whose `input` is ignored) or `None` for plain values of `over`.
    `fill` (timechart) makes the time grid complete: count cells 0, others null. `limit` keeps the biggest series by the sum of the
    first aggregate (or smallest, `bottom`); the rest go to `other` unless `use_other` is off; rows without `by` go to `null_name`
    unless `use_null` is off. `range` is the search's time range for `fixed_range` and automatic spans.
    """

    input: Node
    aggregations: tuple[Aggregation, ...]
    over: str
    by: str | None = None
    over_bin: Bin | None = None
    by_bin: Bin | None = None
    fill: bool = False
    fixed_range: bool = False
    partial: bool = True
    limit: int = 10
    bottom: bool = False
    rank: str = "sum"
    use_other: bool = True
    use_null: bool = True
    other: str = "OTHER"
    null_name: str = "NULL"
    range: TimeRange = TimeRange()
    separator: str = ": "
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Transform(Node):
    """A named Python step over Arrow (`engine/transforms/<name>`): a barrier. `options` are plain values.

    `fields` are those it looks at; unless it `keeps` the others too, it gets no more than them.
    """

    input: Node
    name: str
    options: tuple[tuple[str, str | float | int | bool | None], ...] = ()
    fields: tuple[str, ...] = ()
    keeps: bool = True
