"""Runs `.test` scripts (docs: CONTRIBUTING): data, queries and the rows, errors, messages or stages they must give.

A file is one pytest item with a store of its own. Every failing case of the file is reported.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

KEYWORDS = (
    "data",
    "points",
    "lookup",
    "macro",
    "eventtype",
    "tag",
    "now",
    "zone",
    "query",
    "sumo",
    "plan",
    "sql",
    "error",
    "message",
    "doc",
)
HEADS = ("data", "points", "lookup", "macro", "eventtype", "tag", "now", "zone")
"""Blocks that need no blank line between them."""
_OF_MESSAGES = frozenset({"_time", "_raw", "_messageTime"})
_CELL = re.compile(r"\s{2,}|\t+")
_TEXTS = ("index", "service", "host", "source", "sourcetype", "severity", "trace_id", "span_id", "event_name")


@dataclass
class Block:
    """One block: keyword, the rest of its first line, the lines below, and its first line's number."""

    keyword: str
    title: str
    lines: list[str]
    number: int


@dataclass
class Case:
    """A query and what it must give."""

    title: str
    text: str
    number: int
    ordered: bool = False
    rows: list[str] | None = None
    language: str = "spl"
    error: str | None = None
    messages: list[str] = field(default_factory=list)
    stages: dict[str, str] = field(default_factory=dict)
    shared: bool = False
    """Whether the rows are those of a query in the other language."""


@dataclass
class Script:
    """A parsed file."""

    now: int
    zone: str
    data: dict[str, list[dict[str, object]]]
    points: dict[str, list[dict[str, object]]]
    cases: list[Case]
    lookups: list[Block] = field(default_factory=list)
    knowledge: list[Block] = field(default_factory=list)


class MismatchError(Exception):
    """One case did not give what it must."""


def blocks(text: str) -> list[Block]:
    """The blocks of a file; a line that starts none is an error."""
    found: list[Block] = []
    current: Block | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            current = None
        elif current is not None and not (current.keyword in HEADS and line.split(" ")[0] in HEADS):
            current.lines.append(line)
        elif not line.startswith("#"):
            keyword, _, title = line.partition(" ")
            if keyword not in KEYWORDS:
                raise MismatchError(f"line {number}: `{keyword}` starts no block")
            current = Block(keyword, title.strip(), [], number)
            found.append(current)
    return found


def parse(text: str) -> Script:
    """The script of a file's text."""
    script = Script(_instant("2026-01-05T10:00:00Z"), "UTC", {}, {}, [])
    for block in blocks(text):
        match block.keyword:
            case "now":
                script.now = _instant(block.title)
            case "zone":
                script.zone = block.title
            case "data":
                script.data.setdefault(block.title, []).extend(_rows_of(block))
            case "points":
                script.points.setdefault(block.title, []).extend(_rows_of(block))
            case "lookup":
                script.lookups.append(block)
            case "macro" | "eventtype" | "tag":
                script.knowledge.append(block)
            case "query":
                script.cases.append(_case(block))
            case "sumo":
                script.cases.append(_sumo(block, script.cases[-1] if script.cases else None))
            case "error":
                script.cases[-1].error = "\n".join(block.lines)
            case "message":
                script.cases[-1].messages.append("\n".join([*([block.title] if block.title else []), *block.lines]))
            case "plan" | "sql":
                script.cases[-1].stages[block.keyword] = "\n".join(block.lines)
            case _:
                pass  # `doc` marks an example for the documentation
    return script


def _instant(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000


def _rows_of(block: Block) -> list[dict[str, object]]:
    """JSON lines, or CSV under a header of `name:type` (int, float, bool or str; str when left out; an empty cell is absent)."""
    if block.lines and not block.lines[0].startswith("{"):
        header, *lines = csv.reader(block.lines)
        columns = [cell.partition(":")[::2] for cell in header]
        return [
            {name: _CASTS[kind or "str"](cell) for (name, kind), cell in zip(columns, line, strict=True) if cell != ""} for line in lines
        ]
    rows: list[dict[str, object]] = []
    for line in block.lines:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise MismatchError(f"line {block.number}: a data row is a JSON object")
        rows.append(row)
    return rows


_CASTS: dict[str, Callable[[str], object]] = {"int": int, "float": float, "str": str, "bool": {"true": True, "false": False}.__getitem__}


def _case(block: Block) -> Case:
    ordered = block.title.startswith("ordered")
    lines = block.lines
    split = lines.index("----") if "----" in lines else len(lines)
    rows = lines[split + 1 :] if split < len(lines) else None
    return Case(block.title, "\n".join(lines[:split]), block.number, ordered, rows)


def _sumo(block: Block, before: Case | None) -> Case:
    """A Sumo query: with rows of its own, or the same as the last `query` gave (its messages are its own)."""
    case = _case(block)
    case.language = "sumo"
    if case.rows is None and before is not None:
        case.rows, case.ordered, case.shared = before.rows, before.ordered, True
        case.title = case.title or before.title
    return case


def _typed(value: object) -> tuple[str, str]:
    """Text and type letter of an attribute."""
    if value is None:
        return "", "n"
    if isinstance(value, bool):
        return ("true" if value else "false"), "b"
    if isinstance(value, int):
        return str(value), "i"
    if isinstance(value, float):
        return repr(value), "d"
    if isinstance(value, str):
        return value, "s"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False), "a" if isinstance(value, list) else "k"


def events(index: str, rows: list[dict[str, object]], now: int) -> pa.Table:
    """Rows in the layout of the `logs` table; a row without `_time` is a millisecond older than the one before."""
    columns: dict[str, list[object]] = {
        n: []
        for n in (
            "time",
            "received",
            "body",
            "severity_number",
            "attributes",
            "attribute_keys",
            "attribute_types",
            "resource",
            "scope",
            *_TEXTS,
        )
    }
    for number, row in enumerate(rows):
        rest = dict(row)
        time = rest.pop("_time", None)
        instant = now - (number + 1) * 1_000_000 if time is None else _instant(str(time))
        columns["time"].append(instant)
        columns["received"].append(now // 1_000_000)
        columns["body"].append(str(rest.pop("_raw", "")))
        columns["severity_number"].append(rest.pop("severity_number", 0))
        for name in _TEXTS:
            columns[name].append(str(rest.pop(name, index if name == "index" else "")))
        typed = {k: _typed(v) for k, v in rest.items() if v is not None}
        columns["attributes"].append([v for v, _ in typed.values()])
        columns["attribute_keys"].append("".join(f"\x1f{k}" for k in typed) + ("\x1f" if typed else ""))
        columns["attribute_types"].append("".join(t for _, t in typed.values()))
        columns["resource"].append("{}")
        columns["scope"].append("{}")
    types = {
        "time": pa.timestamp("ns", "UTC"),
        "received": pa.timestamp("ms", "UTC"),
        "severity_number": pa.uint8(),
        "attributes": pa.list_(pa.string()),
    }
    return pa.table({n: pa.array(v, types.get(n, pa.string())) for n, v in columns.items()})


def measured(index: str, rows: list[dict[str, object]], now: int) -> pa.Table:
    """Rows `{_time, metric_name, _value, host …}` in the layout of the `points` table; all other names are dimensions."""
    columns: dict[str, list[object]] = {
        n: []
        for n in ("index", "time", "received", "metric", "series", "value", "number", "type", "host", "source", "attributes", "resource")
    }
    for number, row in enumerate(rows):
        rest = dict(row)
        time = rest.pop("_time", None)
        columns["index"].append(index)
        columns["time"].append(now - (number + 1) * 1_000_000 if time is None else _instant(str(time)))
        columns["received"].append(now // 1_000_000)
        columns["metric"].append(str(rest.pop("metric_name")))
        columns["value"].append(float(str(rest.pop("_value"))))
        columns["number"].append("d")
        columns["type"].append("gauge")
        columns["host"].append(str(rest.pop("host", "")))
        columns["source"].append(str(rest.pop("source", "")))
        columns["attributes"].append(json.dumps(rest, separators=(",", ":")) if rest else "{}")
        columns["resource"].append("{}")
        columns["series"].append(zlib.crc32(f"{columns['metric'][-1]} {columns['host'][-1]} {columns['attributes'][-1]}".encode()))
    types = {"time": pa.timestamp("ns", "UTC"), "received": pa.timestamp("ms", "UTC"), "series": pa.uint64(), "value": pa.float64()}
    return pa.table({n: pa.array(v, types.get(n, pa.string())) for n, v in columns.items()})


def shown(value: object) -> str:
    """A cell as a script writes it."""
    if value is None:
        return "-"
    if value == "":
        return '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list):
        return "[" + ", ".join(shown(v) for v in value) + "]"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if isinstance(value, dict) else str(value)


def _expected(lines: list[str]) -> tuple[list[str], list[list[str]]]:
    if not lines:
        return [], []
    header, *rows = ([_cell(c) for c in _CELL.split(line.strip())] for line in lines)
    for row in rows:
        if len(row) != len(header):
            raise MismatchError(f"the expected row {row} has {len(row)} cells, not {len(header)}")
    return header, rows


def _cell(text: str) -> str:
    """A quoted cell stands for its content (spaces, `-` as text), except the empty text."""
    return str(json.loads(text)) if len(text) > 2 and text.startswith('"') and text.endswith('"') else text


def check(case: Case, engine: object, script: Script) -> None:
    """Raise `MismatchError` unless the case gives what it must."""
    from pilotage.engine.effects import allowed
    from pilotage.engine.explain import explain
    from pilotage.engine.run import Search
    from pilotage.model.problem import PilotageError

    for stage, golden in case.stages.items():
        found = explain(case.text, stage=stage, language=case.language, now=script.now)
        if found != golden:
            raise MismatchError(f"{stage} is\n{found}")
    search = Search(case.text, case.language, now=script.now, zone=script.zone, permit=allowed)
    try:
        result = engine.start(search)
        rows = [json.loads(line) for piece in result.ndjson() for line in piece.splitlines()]
    except PilotageError as error:
        rendered = error.problem.render(case.text)
        if case.error is None or rendered != case.error:
            raise MismatchError(f"error:\n{rendered}") from error
        return
    if case.error is not None:
        raise MismatchError(f"no error but {len(rows)} rows")
    messages = [m.render() for m in result.messages]
    for wanted in case.messages:
        if not any(wanted in m for m in messages):
            raise MismatchError(f"messages are {messages}")
    if case.rows is not None:
        compare(case, rows, result.columns)


def compare(case: Case, rows: list[dict[str, object]], columns: tuple[str, ...] | None) -> None:
    """Rows against the expected ones; closed results must have exactly the columns of the header."""
    header, expected = _expected(case.rows or [])
    if case.shared and columns is not None:
        # Messages keep their time and text in one language, where the other has a table.
        columns = tuple(name for name in columns if name in header or name not in _OF_MESSAGES)
    found = [[shown(row.get(name)) for name in header] for row in rows]
    text = "\n".join("  ".join(row) for row in ([*columns] if columns else header, *found))
    if (
        columns is not None
        and header
        and (list(columns) if case.ordered else sorted(columns)) != (header if case.ordered else sorted(header))
    ):
        raise MismatchError(f"columns are {', '.join(columns)}\n{text}")
    if not case.ordered:
        found, expected = sorted(found), sorted(expected)
    if found != expected or len(rows) != len(expected):
        raise MismatchError(f"rows are\n{text}")


def run(path: Path) -> list[str]:
    """The failures of a script file."""
    from pilotage.store.open import open_store

    script = parse(path.read_text(encoding="utf-8"))
    ZoneInfo(script.zone)
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "store")
        try:
            for index, rows in script.data.items():
                store.backend.insert("pilotage.logs", events(index, rows, script.now))
            for index, rows in script.points.items():
                store.backend.insert("pilotage.points", measured(index, rows, script.now))
            engine = sys.modules["pilotage_test_library"].engine_of(store, script.lookups, script.knowledge)
            for case in script.cases:
                try:
                    check(case, engine, script)
                except MismatchError as mismatch:
                    failures.append(f"{path.name}:{case.number} {case.title}\n  {case.text}\n{mismatch}")
        finally:
            store.close()
    return failures


class ScriptFile(pytest.File):
    """A `.test` file."""

    def collect(self):
        yield ScriptItem.from_parent(self, name=self.path.stem)


class ScriptItem(pytest.Item):
    """All cases of one file."""

    def runtest(self) -> None:
        failures = run(self.path)
        if failures:
            raise MismatchError("\n\n".join(failures))

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, MismatchError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, 0, self.path.name
