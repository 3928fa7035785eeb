"""Rows for the sources of a query: events, points of metrics and lookups that its conditions let through."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass, field

import pyarrow as pa

from bench.language import samples
from bench.language.wants import Part, Slot, Source, Want, Way
from pilotage.language.plan.patterns import pieces

RECEIVED = 30_000_000_000
"""How long ago, in nanoseconds, everything came in."""
NOW = samples.NOW_S * 1_000_000_000
_FIXED = ("index", "service", "host", "source", "sourcetype", "severity", "trace_id", "span_id", "event_name")
_PLACES = frozenset(
    ("earliest", "latest", "_index_earliest", "_index_latest", "timeformat", "tag", "eventtype", "splunk_server", "linecount")
)
Row = dict[str, str]


@dataclass(slots=True)
class Data:
    """What one query needs: rows of events and points, and lookups by name."""

    events: list[tuple[int, Row]] = field(default_factory=list)
    points: list[tuple[int, Row]] = field(default_factory=list)
    lookups: dict[str, list[dict[str, str]]] = field(default_factory=dict)


def data_of(sources: list[Source]) -> Data:
    """Rows for every source; those of lookups come last, since they hold what the events do."""
    made: dict[int, list[dict[Slot, str]]] = {}
    data = Data()
    for source in sources:
        if source.kind != "lookup":
            cells = made[id(source)] = [_cells(source, row) for row in range(source.rows)]
            rows = [(_instant(source, number) - 1_000_000 * len(made), _row(source, number, each)) for number, each in enumerate(cells)]
            (data.points if source.kind == "points" else data.events).extend(rows)
    for source in sources:
        if source.kind == "lookup":
            rows = data.lookups.setdefault(source.name, [])
            for number in range(source.rows):
                cells = _cells(source, number)
                for column, linked in source.links.items():
                    values = [each[slot] for known, slot in linked for each in made.get(id(known), ()) if slot in each]
                    if values:
                        cells[column] = values[number % len(values)]
                rows.append(
                    {
                        str(slot): text.strip("\0").replace("\0", " ")
                        for slot, text in cells.items()
                        if isinstance(slot, str) and not slot.startswith("_")
                    }
                )
    return data


def _cells(source: Source, row: int) -> dict[Slot, str]:
    """The value of every slot in one row; absent ones are left out."""
    wishes: dict[Slot, list[Want]] = {slot: list(wants) for slot, wants in source.fields.items()}
    for number, rule in enumerate(source.rules):
        for _, slot, want in rule[(row + number * (row // max(1, len(rule)))) % len(rule)]:
            wishes.setdefault(slot, []).append(want)
            base = slot
            while isinstance(base, Part):
                base = base.base
                wishes.setdefault(base, [])
    cells: dict[Slot, str] = {}
    # The inner parts first: a text is written around them.
    for slot in sorted(wishes, key=_depth, reverse=True):
        wants = wishes[slot]
        text = _composed(source, slot, row, cells, wants) if slot in source.ways or slot == "_raw" else _chosen(_name(slot), wants, row)
        if text is not None:
            cells[slot] = text
    return cells


def _depth(slot: Slot) -> int:
    return 0 if isinstance(slot, str) else 1 + _depth(slot.base)


def _name(slot: Slot) -> str:
    return slot if isinstance(slot, str) else slot.name


def _chosen(name: str, wants: list[Want], row: int) -> str | None:
    """The value that fits the most of what is wanted."""
    sharp = [want for want in wants if want.sharp]
    if not sharp and any(want.kind == "absent" for want in wants) and row % 3:
        return None
    candidates = [text for want in (*sharp, *(want for want in wants if not want.sharp)) if (text := want.sample(name, row)) is not None]
    candidates.append(samples.plain(name, row))
    return max(candidates, key=lambda text: (sum(want.fits(text) for want in sharp), sum(want.fits(text) for want in wants)))


def _composed(source: Source, slot: Slot, row: int, cells: dict[Slot, str], wants: list[Want]) -> str:
    """A text that holds the values of its parts where each of its ways looks for them."""
    terms = [want.value for want in wants if want.kind == "term"]
    others = [want for want in wants if want.kind != "term"]
    extra = [text for want in others if want.sharp and (text := want.sample(_name(slot), row)) is not None]
    ways = source.ways.get(slot, [])
    if not ways:
        texts = [*terms, *extra]
        return " ".join(texts) if texts else f"event {row} of a source" if slot == "_raw" else samples.plain(_name(slot), row)
    document: dict[str, object] = {}
    written: list[str] = []
    anchored: list[str] = []
    for number, way in enumerate(ways):
        values = {name: cells[part] for name in way.names if (part := Part(slot, number, name)) in cells}
        if way.kind == "json":
            for name, steps in way.paths.items():
                _place(document, steps, values.get(name, samples.plain(name, row)))
        else:
            text = _written(way, values, row)
            (anchored if way.kind == "csv" or (way.kind == "regex" and way.text.startswith("^")) else written).append(text)
    if document:
        if terms or extra:
            document["message text"] = " ".join([*terms, *extra])
        return " ".join([json.dumps(document, ensure_ascii=False), *written, *anchored[:1]])
    first = [anchored[row % len(anchored)]] if anchored else []
    return " ".join([*first, *written, *terms, *extra])


def _written(way: Way, values: dict[str, str], row: int) -> str:
    match way.kind:
        case "regex":
            return samples.of_regex(way.text, row, values)
        case "anchor":
            names = iter(way.names)
            parts = pieces(way.text)
            text = parts[0]
            for piece in parts[1:]:
                text += values.get(next(names, ""), "x") + piece
            return text
        case "pairs":
            return " ".join(f"{way.paths[name][0]}{way.text}{values.get(name, 'x')}" for name in way.paths)
        case _:
            return (way.text or ",").join(values.get(name, "x") for name in way.names)


def _place(document: dict[str, object], steps: tuple[str | int, ...], text: str) -> None:
    """Set the value of a path; a place in an array becomes its first member. What stands in the way already stays."""
    here: object = document
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        value: object = _typed(text) if last else [] if isinstance(steps[number + 1], int) else {}
        if isinstance(step, int):
            if not isinstance(here, list):
                return
            if not here:
                here.append(value)
            here = here[0]
        else:
            if not isinstance(here, dict):
                return
            here = here.setdefault(step, value)


def _typed(text: str) -> object:
    if text.startswith("\0"):
        return samples.members(text)
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})(\.\d+)?", text):
        return json.loads(text)
    if text[:1] in "{[":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _instant(source: Source, row: int) -> int:
    end = min(source.time.latest or NOW, NOW) if (source.time.earliest or 0) < NOW else (source.time.latest or source.time.earliest or NOW)
    start = source.time.earliest if source.time.earliest is not None else end - 3_600_000_000_000
    step = min(60_000_000_000, max(1, (end - start) // (source.rows + 1)))
    return max(0, end - (row + 1) * step)


def _row(source: Source, number: int, cells: dict[Slot, str]) -> Row:
    row: Row = {slot: text for slot, text in cells.items() if isinstance(slot, str) and slot not in _PLACES and slot != "_time"}
    for name in (*_FIXED, "_raw"):
        if row.get(name, "").startswith("\0"):
            row[name] = samples.members(row[name])[0]
    names = [re.sub(r"[^A-Za-z0-9._-]", "x", each.replace("*", "main" if each == "*" else "x")).lower() for each in source.indexes]
    asked = str(row.get("index", ""))
    known = [name for name, pattern in zip(names, source.indexes, strict=True) if samples.fits_wildcard(pattern, asked)]
    row["index"] = asked if known and re.fullmatch(r"[\w.-]+", asked) else names[number % len(names)] if names else "main"
    return row


def events(rows: list[tuple[int, Row]], received: int = NOW - RECEIVED) -> pa.Table:
    """Rows in the layout of the `logs` table, all of which came in at `received`."""
    texts = ("body", "attribute_keys", "attribute_types", "resource", "scope", *_FIXED)
    columns: dict[str, list[object]] = {name: [] for name in ("time", "received", "severity_number", "attributes", *texts)}
    for number, (instant, row) in enumerate(rows):
        rest = {name: text for name, text in row.items() if name not in _FIXED and name not in ("_raw", "severity_number")}
        columns["time"].append(instant)
        columns["received"].append(received // 1_000_000)
        columns["body"].append(row.get("_raw", ""))
        columns["severity_number"].append(9)
        for name in _FIXED:
            columns[name].append(row.get(name, ""))
        columns["attributes"].append([json.dumps(samples.members(v)) if v.startswith("\0") else v for v in rest.values()])
        columns["attribute_keys"].append("".join(f"\x1f{name}" for name in rest) + ("\x1f" if rest else ""))
        columns["attribute_types"].append("".join(_letter(v, number) for v in rest.values()))
        columns["resource"].append("{}")
        columns["scope"].append("{}")
    types = {
        "time": pa.timestamp("ns", "UTC"),
        "received": pa.timestamp("ms", "UTC"),
        "severity_number": pa.uint8(),
        "attributes": pa.list_(pa.string()),
    }
    return pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in columns.items()})


def _letter(text: str, row: int) -> str:
    """The type of a value: every other number is one, the rest came as texts."""
    if text.startswith("\0"):
        return "a"
    return "i" if row % 2 and re.fullmatch(r"-?(0|[1-9]\d{0,14})", text) else "s"


def points(rows: list[tuple[int, Row]]) -> pa.Table:
    """Rows in the layout of the `points` table."""
    texts = ("index", "metric", "number", "type", "host", "source", "attributes", "resource")
    columns: dict[str, list[object]] = {name: [] for name in ("time", "received", "series", "value", *texts)}
    for number, (instant, row) in enumerate(rows):
        rest = {
            name: text
            for name, text in row.items()
            if name not in ("index", "host", "source", "metric_name", "_value", "_raw") and ":" not in name
        }
        columns["time"].append(instant)
        columns["received"].append(NOW // 1_000_000)
        columns["metric"].append(row.get("metric_name", "cpu"))
        columns["value"].append(float(3 + number % 7))
        columns["index"].append(row["index"])
        columns["number"].append("d")
        columns["type"].append("gauge")
        columns["host"].append(row.get("host", "host0"))
        columns["source"].append(row.get("source", ""))
        columns["attributes"].append(json.dumps(rest))
        columns["resource"].append("{}")
        columns["series"].append(zlib.crc32(repr((columns["metric"][-1], columns["host"][-1], rest)).encode()))
    types = {"time": pa.timestamp("ns", "UTC"), "received": pa.timestamp("ms", "UTC"), "series": pa.uint64(), "value": pa.float64()}
    return pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in columns.items()})
