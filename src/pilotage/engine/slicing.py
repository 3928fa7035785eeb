"""Cuts any query that aggregates, or counts its events, into equal slices of time: the plan whose rows are (slice, group, value, count).

The slice becomes a key of every aggregation, so one scan answers for an hour or for sixty days; what works row by row stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pilotage.language.plan.cells import Concatenate, Convert, Remark, Replace, RowTotal, Split, ToJson
from pilotage.language.plan.expressions import Call, Field
from pilotage.language.plan.extracting import AutoParse, Parse
from pilotage.language.plan.knowledge import Lookup
from pilotage.language.plan.nodes import (
    Aggregate,
    Aggregation,
    Bin,
    Dedup,
    Extend,
    Extract,
    FillNull,
    Filter,
    Limit,
    Node,
    Project,
    Rename,
    Scan,
    Series,
    Sort,
    TimeRange,
    Top,
)
from pilotage.language.plan.spreading import Spread
from pilotage.language.plan.walk import inputs
from pilotage.language.plan.windows import Explode
from pilotage.language.syntax.buckets import BUCKET
from pilotage.model.problem import PilotageError, fail

SLICE = "_slice"
COUNT = "_slice_count"
VALUE = "_slice_value"
ROWS = "rows"
_CLOCKS = ("_time", "_timeslice", BUCKET)
_ROWWISE = (
    Filter, Extract, FillNull, Lookup, Explode, Parse, AutoParse, Spread, Concatenate, Convert, Remark, Replace, RowTotal, Split, ToJson,
)  # fmt: skip
_UNIT = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_HINT = "end the query with `stats … by …`, `timechart`, or leave it as a search whose events are counted"


@dataclass(frozen=True, slots=True)
class Cut:
    """How a query is to be cut: slices of `seconds`, aligned to the epoch, within `[begin, end)` epoch seconds.

    `value` names the column that is watched, `rows` the number of result rows, empty = the query's own last result. `by` groups the
    events of a query that has no aggregate of its own.
    """

    seconds: int
    begin: int
    end: int
    value: str = ""
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sliced:
    """A plan of the columns `SLICE`, the `groups`, `VALUE` and `COUNT`; `value` is the query's name for the value."""

    plan: Node
    groups: tuple[str, ...]
    value: str


@dataclass(slots=True)
class _Cutting:
    """The plan so far; `keys` is None before the first aggregate, `columns` its results, the one to watch first."""

    node: Node
    cut: Cut
    keys: tuple[str, ...] | None = None
    columns: tuple[str, ...] = ()

    def take(self, node: Node) -> None:
        """Put the next command on top."""
        match node:
            case Aggregate():
                self._group(node.aggregations, node.by, node)
            case Series():
                first = () if node.over == "_time" else (node.over,)
                self._group(node.aggregations, (*first, *([node.by] if node.by else [])), node)
            case Top():
                self._group((Aggregation("count", None, node.count_field),), (*node.by, *node.fields), node)
            case Project():
                self._project(node)
            case Rename():
                self.node = replace(node, input=self.node)
                moved = dict(node.pairs)
                self.keys = None if self.keys is None else tuple(moved.get(key, key) for key in self.keys)
                self.columns = tuple(moved.get(column, column) for column in self.columns)
            case Extend():
                self.node = replace(node, input=self.node)
                if self.keys is not None:
                    made = [name for name, _ in reversed(node.assignments) if name not in self.keys and not name.startswith("{")]
                    self.columns = tuple(dict.fromkeys((*made, *self.columns)))
            case Dedup():
                self.node = replace(node, input=self.node, fields=(SLICE, *node.fields))
            case Sort() | FillNull(fields=()):
                pass
            case Limit() if self.keys is not None:
                pass
            case _ if isinstance(node, _ROWWISE):
                self.node = replace(node, input=self.node)
            case Bin() if node.span_value is not None:
                self.node = replace(node, input=self.node)
            case _:
                sentence = (
                    f"`{node.command or 'this'}` looks at rows of several slices of time, so a monitor cannot cut the query into slices"
                )
                raise fail("monitor-query", sentence, span=node.span, hint=_HINT)

    def _group(self, aggregations: tuple[Aggregation, ...], by: tuple[str, ...], made: Node) -> None:
        own = tuple(dict.fromkeys(key for key in by if key not in _CLOCKS))
        plain = tuple(each for each in aggregations if each.spark is None and not each.wildcard)
        first = self.keys is None
        counted = Aggregation("count", None, COUNT) if first else Aggregation("sum", Field(COUNT), COUNT)
        self.node = Aggregate(self.node, (*plain, counted), (SLICE, *own), null_keys=True, command=made.command, span=made.span)
        self.keys, self.columns = own, tuple(each.alias for each in plain)

    def _project(self, node: Project) -> None:
        if node.mode == "drop":
            self.node = replace(node, input=self.node)
            return
        hidden = (SLICE,) if self.keys is None else (SLICE, *self.keys, COUNT)
        self.node = replace(node, input=self.node, patterns=tuple(dict.fromkeys((*node.patterns, *hidden))))
        if self.keys is not None:
            shown = [name for name in node.patterns if name in self.columns]
            self.columns = tuple(dict.fromkeys((*shown, *self.columns)))

    def done(self) -> Sliced:
        """The finished plan. Raises `monitor-value`, `monitor-group`."""
        if self.keys is None:
            self._group((Aggregation("count", None, "count"),), self.cut.by, self.node)
        keys = self.keys or ()
        if unknown := [name for name in self.cut.by if name not in keys]:
            hint = f"the query groups by {', '.join(keys) or 'nothing'}; change its own `by`"
            raise fail("monitor-group", f"the query's result has no group field `{unknown[0]}`", hint=hint)
        if self.cut.value == ROWS and ROWS not in self.columns:
            self._group((Aggregation("count", None, ROWS),), (), self.node)
            keys = ()
        value = self.cut.value or (self.columns[0] if self.columns else "")
        if value not in self.columns:
            hint = f"its results are {', '.join(f'`{name}`' for name in self.columns) or 'none'}, or `{ROWS}` for their number"
            raise fail("monitor-value", f"the query's result has no column `{value}` to watch", hint=hint)
        number = Extend(self.node, ((VALUE, Call("tonumber", (Field(value),))),))
        return Sliced(Project(number, (SLICE, *keys, VALUE, COUNT), "table"), keys, value)


def sliced(plan: Node, cut: Cut) -> Sliced:
    """The query cut into slices. Raises `monitor-query` for one that reads no events or whose commands cross slices."""
    source, *rest = reversed(tuple(inputs(plan)))
    if not isinstance(source, Scan):
        sentence = f"the query begins with `{source.command or 'rows of its own'}` and reads no events, so it has no slices of time"
        raise fail("monitor-query", sentence, span=source.span, hint="begin with a search or `mstats`")
    time = TimeRange(round(cut.begin * 1_000_000_000), round(cut.end * 1_000_000_000))
    cutting = _Cutting(Bin(replace(source, time=time), "_time", SLICE, float(cut.seconds), "s", align=0.0), cut)
    for node in rest:
        cutting.take(node)
    return cutting.done()


def span_of(plan: Node) -> int | None:
    """The width in seconds of the slices a query makes itself (`timechart span=`, `bin _time`, `timeslice`), if it says one."""
    for node in inputs(plan):
        found = node.over_bin if isinstance(node, Series) and node.over == "_time" else node if isinstance(node, Bin) else None
        if found is not None and found.field == "_time" and found.span_value is not None and found.unit in _UNIT:
            return max(1, round(found.span_value * _UNIT[found.unit]))
    return None


def cutter(cut: Cut, found: list[Sliced]) -> Callable[[Node], Node]:
    """`sliced` as a change of a plan; what it found is put into the list."""

    def change(plan: Node) -> Node:
        made = sliced(plan, cut)
        found.append(made)
        return made.plan

    return change


__all__ = ["COUNT", "ROWS", "SLICE", "VALUE", "Cut", "PilotageError", "Sliced", "cutter", "sliced", "span_of"]
