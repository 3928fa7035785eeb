"""Rules tried on lines of text: the very SQL that loads, over lines instead of a segment, nothing stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pilotage.engine.rules import CompiledRules
from pilotage.ingest.members import LOG_COLUMNS, log_source, members
from pilotage.ingest.request import Decode
from pilotage.ingest.rules import surveyed
from pilotage.language.sql.fragments import call, literal, render
from pilotage.model.problem import fail

MAX_LINES = 1000
MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Origin:
    """What the lines are taken to come with."""

    index: str = "main"
    sourcetype: str = "text"
    source: str = "trial"
    host: str = "localhost"


@dataclass(frozen=True, slots=True)
class Event:
    """An event's text and its attributes."""

    text: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line: `after` is None when the event is not stored; `rules` are those that applied, in their order."""

    before: Event
    after: Event | None
    rules: list[str]


def trial(compiled: CompiledRules, lines: Sequence[str], origin: Origin) -> list[Outcome]:
    """Each line that is not empty; one that is a JSON object has its members as attributes. Raises `trial-too-large`."""
    lines = [line for line in lines if line.strip()]
    if len(lines) > MAX_LINES or sum(map(len, lines)) > MAX_BYTES:
        raise fail("trial-too-large", f"rules are tried on at most {MAX_LINES} lines and {MAX_BYTES} characters", hint="send fewer lines")
    if not lines:
        return []
    decode = _decode(lines, origin)
    wrapping = compiled.wrapping(decode.table, decode.columns)
    if wrapping is None:
        return [Outcome(event, event, []) for event in (Event(line, {}) for line in lines)]
    before = ("c_body", "c_attributes", "c_attribute_keys")
    after = tuple(wrapping.columns[name] for name in ("body", "attributes", "attribute_keys"))
    marks = [f"toUInt8({sql})" for sql in wrapping.marks.values()]
    kept = f"toUInt8({wrapping.kept})" if wrapping.kept else "toUInt8(1)"
    values = ", ".join(f"{sql} AS r{place}" for place, sql in enumerate((kept, *before, *after, *marks)))
    rows = compiled.rows(f"SELECT {values} FROM {surveyed(decode, wrapping)} ORDER BY c_flags SETTINGS query_plan_merge_expressions = 0")
    return [_outcome(row, tuple(wrapping.marks)) for row in rows]


def _outcome(row: tuple[object, ...], rules: tuple[str, ...]) -> Outcome:
    kept, *rest = row
    before, after = _event(rest[:3]), _event(rest[3:6])
    return Outcome(before, after if kept else None, [name for name, hit in zip(rules, rest[6:], strict=True) if hit])


def _event(cells: Sequence[object]) -> Event:
    text, values, keys = cells
    assert isinstance(values, list)  # noqa: S101 - an Array(String)
    names = str(keys).split("\x1f")[1:-1]
    return Event(str(text), dict(zip(names, map(str, values), strict=True)))


def _decode(lines: Sequence[str], origin: Origin) -> Decode:
    """The decode of `pilotage ingest`, over the lines themselves; `flags` carries a line's number."""
    every = call("splitByChar", ",", ",".join(line.encode("utf-8", "replace").hex() for line in lines))
    items = f"SELECT arrayJoin(arrayZip({render(every)}, range(1, {len(lines) + 1}))) AS item"
    text = f"SELECT toValidUTF8(unhex(item.1)) AS raw, item.2 AS flags_ FROM ({items})"
    wanted = f"toUInt64(0) AS received, {render(literal(origin.index))} AS wanted, 's' AS kind"
    pairs = members("if(startsWith(raw, '{'), raw, '')")
    inner = f"(SELECT {wanted}, raw, flags_, {pairs} AS pairs FROM ({text}))"
    columns = {name: sql for name, sql in LOG_COLUMNS.items() if name != "received"}
    given = {"sourcetype": origin.sourcetype, "source": origin.source, "host": origin.host}
    columns |= {name: render(literal(value)) for name, value in given.items()}
    return Decode("logs", {**columns, "flags": "flags_"}, log_source(inner, "received, flags_", said="raw"))
