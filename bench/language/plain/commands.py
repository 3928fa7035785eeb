"""The rows of a plan: each node over the rows of the one before, in their order."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from bench.language import samples
from bench.language.plain.aggregates import aggregated
from bench.language.plain.expressions import Evaluation
from bench.language.plain.groups import grouped, named, of_index, ordered
from bench.language.plain.values import Cell, Row, UnknownError, absent, compared, key, many, number, text
from pilotage.language.plan.branches import Fork, Incoming, Join, Paste, Union
from pilotage.language.plan.cells import Convert, Remark, Reverse, Split
from pilotage.language.plan.combination import Combine
from pilotage.language.plan.display import Format
from pilotage.language.plan.knowledge import Lookup, LookupRows, Write
from pilotage.language.plan.nodes import (
    Aggregate,
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
    Rows,
    Scan,
    Sort,
    SortKey,
    Top,
)
from pilotage.language.plan.parsing import regex_of
from pilotage.language.plan.walk import subsearches
from pilotage.language.plan.windows import Explode, Unpivot, Window

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400}
_ALWAYS = ("_time", "_raw")


@dataclass(slots=True)
class Plain:
    """`events` newest first; `lookups` by name; `now` in epoch seconds."""

    events: list[Row]
    lookups: dict[str, list[Row]]
    now: float
    incoming: list[list[Row]] = field(default_factory=list)
    evaluation: Evaluation = field(init=False)

    def __post_init__(self) -> None:
        self.evaluation = Evaluation(self.now)

    def rows(self, node: Node) -> list[Row]:
        """The rows of a node."""
        if subsearches(node):
            raise UnknownError("sub-search")
        match node:
            case Scan():
                return self._scan(node)
            case Rows():
                return [dict(zip(node.columns, each, strict=True)) for each in node.values]  # type: ignore[arg-type]
            case LookupRows():
                rows = self._table(node.table)[node.start :]
                kept = [row for row in rows if node.condition is None or self.evaluation.truth(node.condition, row)]
                return [dict(row) for row in (kept[: node.most] if node.most else kept)]
            case Incoming():
                return [dict(row) for row in self.incoming[-1]]
        known = _STEPS.get(type(node).__name__)
        if known is None:
            raise UnknownError(type(node).__name__)
        below: list[Row] = self.rows(node.input)  # type: ignore[attr-defined]
        found: list[Row] = known(self, node, below)
        return found

    def _scan(self, node: Scan) -> list[Row]:
        if node.command in ("mstats", "mcatalog", "mpreview", "msearch") or (node.tables and node.tables != ("logs",)):
            raise UnknownError("points")
        start, end = node.time.earliest, node.time.latest
        rows = [
            row
            for row in self.events
            if any(of_index(str(row["index"]), pattern) for pattern in node.indexes)
            and (start is None or float(row["_time"]) * 1e9 >= start)  # type: ignore[arg-type]
            and (end is None or float(row["_time"]) * 1e9 < end)  # type: ignore[arg-type]
        ]
        return [dict(row) for row in rows if node.condition is None or self.evaluation.truth(node.condition, row)]

    def _table(self, name: str) -> list[Row]:
        if name not in self.lookups:
            raise UnknownError("lookup")
        return self.lookups[name]

    def filter(self, node: Filter, rows: list[Row]) -> list[Row]:
        return [row for row in rows if self.evaluation.truth(node.condition, row)]

    def extend(self, node: Extend, rows: list[Row]) -> list[Row]:
        for row in rows:
            for target, expression in node.assignments:
                if "{" in target:
                    raise UnknownError("a target named by the data")
                row[target] = self.evaluation.value(expression, row)
        return rows

    def extract(self, node: Extract, rows: list[Row]) -> list[Row]:
        known = samples.compiled(node.pattern)
        names = [name for name, _ in regex_of(node.pattern).groups]
        if known is None or node.sed or node.offset_field or set(names) != set(known.groupindex) or len(names) != len(set(names)):
            raise UnknownError("rex")
        for row in rows:
            subject = row.get(node.source)
            if isinstance(subject, list) and len(subject) > 1:
                raise UnknownError("rex of a multivalue")
            found = text(subject)
            hits = [] if found is None else list(known.finditer(found))[: node.max_match or None]
            for name in names if hits else ():
                values = [hit[name] for hit in hits if hit[name] is not None]
                if any(hit[name] is None or hit[name] == "" for hit in hits):
                    raise UnknownError("a group that is empty")
                row[name] = values[0] if node.max_match == 1 else values
        return rows

    def project(self, node: Project, rows: list[Row]) -> list[Row]:
        if node.mode == "drop":
            return [{n: v for n, v in row.items() if not any(named(n, p) for p in node.patterns)} for row in rows]
        always = _ALWAYS if node.mode == "keep" else ()
        return [{n: v for n, v in row.items() if n in always or any(named(n, p) for p in node.patterns)} for row in rows]

    def rename(self, node: Rename, rows: list[Row]) -> list[Row]:
        if any("*" in old for old, _ in node.pairs):
            raise UnknownError("rename by pattern")
        present = {name for row in rows for name in row}
        for row in rows:
            moved = {new: row.get(old) for old, new in node.pairs if old in present or new not in present}
            for old, new in node.pairs:
                if old not in present and new in present and old != new:
                    moved[new] = None
            for old, _ in node.pairs:
                row.pop(old, None)
            row.update(moved)
        return rows

    def sort(self, node: Sort, rows: list[Row]) -> list[Row]:
        found = ordered(rows, node.keys)
        return found[: node.limit] if node.limit else found

    def limit(self, node: Limit, rows: list[Row]) -> list[Row]:
        return rows[::-1][: node.count] if node.last else rows[: node.count]

    def aggregate(self, node: Aggregate, rows: list[Row]) -> list[Row]:
        groups = grouped(rows, node.by, empty=node.null_keys)
        if not node.by:
            groups = {(): rows}
        found = []
        for values, members in groups.items():
            row: Row = dict(zip(node.by, values, strict=True))
            row.update({item.alias: aggregated(item, members, self.evaluation) for item in node.aggregations})
            found.append(row)
        return ordered(found, tuple(SortKey(name) for name in node.by))

    def window(self, node: Window, rows: list[Row]) -> list[Row]:
        if (
            node.seconds
            or node.reset_after
            or node.reset_before
            or node.reset_on_change
            or (node.running and node.rows and not node.per_group and node.by)
        ):
            raise UnknownError("window")
        groups: dict[tuple[str | None, ...], list[int]] = {}
        for place, row in enumerate(rows):
            if any(isinstance(row.get(name), list) for name in node.by):
                raise UnknownError("a window by a multivalue")
            if all(not absent(row.get(name)) for name in node.by):
                groups.setdefault(tuple(key(row.get(name)) for name in node.by), []).append(place)
        made: dict[int, Row] = {}
        for places in groups.values():
            for number_, place in enumerate(places):
                end = number_ + (1 if node.current else 0)
                start = max(0, end - node.rows) if node.rows else 0
                members = [rows[each] for each in (places[start:end] if node.running else places)]
                made[place] = {item.alias: aggregated(item, members, self.evaluation) for item in node.aggregations}
        for place, columns in made.items():
            rows[place] = {**rows[place], **columns}
        return rows

    def dedup(self, node: Dedup, rows: list[Row]) -> list[Row]:
        if node.keep_events or node.consecutive or node.sort:
            raise UnknownError("dedup")
        seen: dict[tuple[str, ...], int] = {}
        found = []
        for row in rows:
            values = [row.get(name) for name in node.fields]
            if any(absent(value) for value in values):
                found += [row] if node.keep_empty else []
                continue
            place = tuple("\0".join(many(value)) for value in values)
            seen[place] = seen.get(place, 0) + 1
            found += [row] if seen[place] <= node.count else []
        return found

    def top(self, node: Top, rows: list[Row]) -> list[Row]:
        if node.use_other:
            raise UnknownError("top with other")
        names = (*node.by, *node.fields)
        groups = grouped(rows, names)
        totals: dict[tuple[Cell, ...], int] = {}
        for values, members in groups.items():
            totals[values[: len(node.by)]] = totals.get(values[: len(node.by)], 0) + len(members)
        ranked: dict[tuple[Cell, ...], list[tuple[tuple[Cell, ...], int]]] = {}
        for values, members in groups.items():
            ranked.setdefault(values[: len(node.by)], []).append((values, len(members)))
        found: list[Row] = []
        for by, items in ranked.items():
            items.sort(key=lambda item: item[1] if node.rare else -item[1])
            if node.limit and len(items) > node.limit and items[node.limit - 1][1] == items[node.limit][1]:
                raise UnknownError("equal counts at the limit")
            for values, count in items[: node.limit or None]:
                row: Row = dict(zip(names, values, strict=True))
                if node.show_count:
                    row[node.count_field] = float(count)
                if node.show_percent:
                    row[node.percent_field] = round(100 * count / totals[by], 6)
                found.append(row)
        return found

    def fill(self, node: FillNull, rows: list[Row]) -> list[Row]:
        names = node.fields or tuple(dict.fromkeys(name for row in rows for name, value in row.items() if not absent(value)))
        if any("*" in name for name in names):
            raise UnknownError("fillnull by pattern")
        return [{**row, **{name: node.value for name in names if absent(row.get(name))}} for row in rows]

    def bin(self, node: Bin, rows: list[Row]) -> list[Row]:
        if node.span_value is None or node.align is not None or (node.field == "_time" and node.unit not in _UNITS):
            raise UnknownError("bin")
        size = node.span_value * (_UNITS[node.unit] if node.unit else 1)
        for row in rows:
            found = number(row.get(node.field))
            if found is None:
                row[node.alias] = row.get(node.field)
                continue
            start = math.floor(found / size) * size
            row[node.alias] = start if node.unit else f"{text(start)}-{text(start + size)}"
        return rows

    def lookup(self, node: Lookup, rows: list[Row]) -> list[Row]:
        table = self._table(node.table)
        columns = dict.fromkeys(name for each in table for name in each)
        keys = {column for column, _ in node.keys}
        outputs = node.outputs if node.outputs is not None else tuple((name, name) for name in columns if name not in keys)
        for row in rows:
            if any(isinstance(row.get(name), list) for _, name in node.keys):
                raise UnknownError("lookup of a multivalue")
            wanted = [(column, text(row.get(name))) for column, name in node.keys]
            hits = [each for each in table if all(value is not None and text(each.get(column)) == value for column, value in wanted)]
            made: Row = {}
            for column, name in outputs:
                values = [str(each[column]) for each in hits if not absent(each.get(column))]
                if node.fresh_only and not absent(row.get(name)):
                    continue
                if hits or not node.fresh_only:
                    made[name] = values if len(values) > 1 else values[0] if values else None
            row.update(made)
        return rows

    def convert(self, node: Convert, rows: list[Row]) -> list[Row]:
        for row in rows:
            for item in node.conversions:
                if item.function != "ctime" or "*" in item.field:
                    raise UnknownError(f"convert {item.function}")
                found = number(row.get(item.field))
                if found is not None:
                    row[item.alias or item.field] = self._written(found, node.format)
                elif not absent(row.get(item.field)):
                    raise UnknownError("ctime of a text")
        return rows

    def _written(self, moment: float, form: str) -> str:
        from bench.language.plain.functions import strftime  # noqa: PLC0415 - one name of many

        return str(strftime(moment, form))

    def union(self, node: Union, rows: list[Row]) -> list[Row]:
        if node.by_time:
            raise UnknownError("union by time")
        for other in node.others:
            found = self.rows(other)
            rows = rows + (found[: node.limit] if node.limit else found)
        return rows

    def fork(self, node: Fork, rows: list[Row]) -> list[Row]:
        found = list(rows) if node.keep else []
        for branch in node.branches:
            self.incoming.append(rows)
            found += self.rows(branch)
            self.incoming.pop()
        return found

    def paste(self, node: Paste, rows: list[Row]) -> list[Row]:
        other = self.rows(node.other)
        columns = {name for row in rows for name in row}
        found = []
        for place in range(max(len(rows), len(other))):
            mine = rows[place] if place < len(rows) else {}
            right = other[place] if place < len(other) else {}
            found.append({**mine, **{n: v for n, v in right.items() if n not in columns or (node.override and not absent(v))}})
        return found

    def join(self, node: Join, rows: list[Row]) -> list[Row]:
        if any(node.prefixes):
            raise UnknownError("join with prefixes")
        other = self.rows(node.other)
        found = []
        for row in rows:
            wanted = [(text(row.get(left)), right) for left, right in node.fields]
            if any(isinstance(row.get(left), list) for left, _ in node.fields):
                raise UnknownError("join by a multivalue")
            hits = [each for each in other if all(value is not None and text(each.get(right)) == value for value, right in wanted)]
            for hit in hits[: node.most or None]:
                mine = {n: v for n, v in hit.items() if not absent(v) and (node.overwrite or absent(row.get(n)))}
                found.append({**row, **mine})
            if not hits and node.kind == "left":
                found.append(row)
        return found

    def explode(self, node: Explode, rows: list[Row]) -> list[Row]:
        found = []
        for row in rows:
            members = many(row.get(node.field))
            found += [{**row, node.field: each} for each in members[: node.limit or None]] or [row]
        return found

    def unpivot(self, node: Unpivot, rows: list[Row]) -> list[Row]:
        return [
            {node.keep: row.get(node.keep), node.name: name, node.value: value}
            for row in rows
            for name, value in row.items()
            if name != node.keep and not absent(value)
        ]

    def split(self, node: Split, rows: list[Row]) -> list[Row]:
        if node.tokenizer:
            raise UnknownError("makemv by pattern")
        for row in rows:
            found = text(row.get(node.field))
            if found is not None:
                row[node.field] = [part for part in found.split(node.delimiter) if part or node.allow_empty]
        return rows

    def same(self, node: Node, rows: list[Row]) -> list[Row]:
        del node
        return rows

    def reverse(self, node: Reverse, rows: list[Row]) -> list[Row]:
        del node
        return rows[::-1]

    def combine(self, node: Combine, rows: list[Row]) -> list[Row]:
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(repr(sorted((n, repr(v)) for n, v in row.items() if n != node.field and not absent(v))), []).append(row)
        return [{**each[0], node.field: [m for row in each for m in many(row.get(node.field))]} for each in groups.values()]


_STEPS = {
    "Filter": Plain.filter, "Extend": Plain.extend, "Extract": Plain.extract, "Project": Plain.project, "Rename": Plain.rename,
    "Sort": Plain.sort, "Limit": Plain.limit, "Aggregate": Plain.aggregate, "Window": Plain.window, "Dedup": Plain.dedup,
    "Top": Plain.top, "FillNull": Plain.fill, "Bin": Plain.bin, "Lookup": Plain.lookup, "Convert": Plain.convert,
    "Union": Plain.union, "Fork": Plain.fork, "Paste": Plain.paste, "Join": Plain.join, "Explode": Plain.explode,
    "Unpivot": Plain.unpivot, "Split": Plain.split, "Write": Plain.same, "Remark": Plain.same, "Reverse": Plain.reverse,
    "Combine": Plain.combine,
}  # fmt: skip

__all__ = ["Format", "Plain", "Remark", "Write", "compared"]
