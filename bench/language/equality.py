"""Rows of the engine beside those of the plain evaluator: `python -m bench.language.equality [CORPUS…] [--count N]`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.language.corpora import corpus, some
from bench.language.plain.commands import Plain
from bench.language.plain.values import Cell, Row, UnknownError, number
from bench.language.samples import NOW_S, members
from bench.language.synthesis import NOW, RECEIVED, Data
from bench.language.trials import Outcome, Query, Ready, fill, prepared, shelf_of
from bench.table import Figure
from bench.work import Work
from pilotage.engine.run import Engine, read
from pilotage.model.problem import PilotageError
from pilotage.store.catalogue import LiveCatalogue
from pilotage.store.open import Store, open_store

_STORED = ("index", "source", "sourcetype", "host", "service", "severity", "trace_id", "span_id", "event_name")
COUNT = 350
_OURS = frozenset(("severity_number", "observed_time", "body_type", "flags", "received", "_indextime", "dropped_attributes_count"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """`state` ∈ same, different, unknown (to the evaluator), error; the rows of both where they differ."""

    query: Query
    state: str
    note: str = ""
    rows: int = 0
    ours: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()


def equality(work: Work) -> list[Figure]:
    """How many sampled queries the plain evaluator knows and answers with the same rows."""
    folder = work.tools.parents[1] / "corpora"
    queries = [each for name in ("spl", "llm") for each in some(corpus(folder, name), 40 if work.quick else COUNT)]
    if not queries:
        return [Figure("rows equal", None, "queries", note=f"no corpus in {folder.name}")]
    found = list(comparisons(queries))
    same = [each for each in found if each.state == "same"]
    known = [each for each in found if each.state != "unknown"]
    for each in known:
        if each.state != "same":
            work.keep({"item": "rows equal", "id": each.query.id, "state": each.state, "difference": difference(each)})
    note = f"of {len(known)} the evaluator knows, {sum(each.rows > 0 for each in same)} with rows"
    return [Figure("rows equal", len(same), "queries", "" if work.quick else ">= 200", note)]


def comparisons(queries: Iterable[Query]) -> Iterator[Comparison]:
    """Each query over its own events only, in one store that is emptied between them."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "store")
        try:
            for number_, query in enumerate(queries):
                ready = prepared(query)
                if not isinstance(ready, Outcome):
                    # Names of fields are looked for among what came in since.
                    yield compared(store, ready, NOW - RECEIVED + number_ * 1_000_000)
        finally:
            store.close()


def compared(store: Store, ready: Ready, received: int) -> Comparison:
    """One query; what the evaluator does not know is not run at all."""
    plan, _ = read(ready.search, NOW, ready.query.knowledge)
    lookups: dict[str, list[Row]] = {name: [dict(row) for row in rows] for name, rows in ready.data.lookups.items()}
    try:
        expected = Plain(stored(ready.data, received), lookups, float(NOW_S)).rows(plan)
    except UnknownError as error:
        return Comparison(ready.query, "unknown", str(error))
    except RecursionError:
        return Comparison(ready.query, "unknown", "too deep")
    for table in ("logs", "points", "field_names"):
        store.backend.execute(f"TRUNCATE TABLE pilotage.{table}")
    fill(store, [ready], received)
    catalogue = store.catalogue
    if isinstance(catalogue, LiveCatalogue):
        catalogue._refreshed = 0.0  # noqa: SLF001 - it looks again after two seconds, and this does not wait
    try:
        pieces = Engine(store, lambda: ready.query.knowledge, shelf_of(ready.data)).start(ready.search).ndjson()
        rows = [json.loads(line) for piece in pieces for line in piece.splitlines()]
    except PilotageError as error:
        return Comparison(ready.query, "error", error.problem.render(ready.search.query))
    ours, plain = sorted(map(_line, rows)), sorted(map(_line, expected))
    return Comparison(ready.query, "same" if ours == plain else "different", "", len(ours), tuple(ours), tuple(plain))


def stored(data: Data, received: int) -> list[Row]:
    """The events of a query as rows, newest first, typed as the store types them."""
    found: list[Row] = []
    for place, (instant, row) in enumerate(data.events):
        made: Row = {"_time": instant / 1e9, "_indextime": received / 1e9}
        for name, value in row.items():
            if name in made:
                continue
            whole = place % 2 and value.lstrip("-").isdecimal() and value == str(int(value)) and len(value) <= 15
            made[name] = members(value) if value.startswith("\0") else int(value) if whole and name not in (*_STORED, "_raw") else value
        found.append({name: value for name, value in made.items() if value not in ("", None) or name not in _STORED})
    return sorted(found, key=lambda row: -float(row["_time"]))  # type: ignore[arg-type]


def difference(each: Comparison) -> str:
    """What is in one and not in the other: the cells of two rows that are the likest, and the numbers of rows."""
    ours = [json.loads(line) for line in each.ours if line not in each.plain]
    plain = [json.loads(line) for line in each.plain if line not in each.ours]
    counts = f"  engine {len(each.ours)} rows, plain {len(each.plain)}"
    if not ours or not plain:
        return f"{counts}; only {'engine' if ours else 'plain'}: {str((ours or plain)[:1])[:600]}"
    mine = ours[0]
    theirs = min(plain, key=lambda row: sum(row.get(name) != mine.get(name) for name in {*row, *mine}))
    cells = {name: (mine.get(name), theirs.get(name)) for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)}
    return f"{counts}; (engine, plain): {str(cells)[:900]}"


def _line(row: dict[str, Cell]) -> str:
    """A row as text without what does not matter: order of columns, `7` or `"7"`, empty cells, what the store adds itself."""
    cells = {name: _shown(value) for name, value in sorted(row.items()) if name not in _OURS}
    return json.dumps({name: value for name, value in cells.items() if value is not None}, ensure_ascii=False)


def _shown(value: Cell) -> object:
    if isinstance(value, list):
        return [_shown(each) for each in value] if len(value) > 1 else _shown(value[0]) if value else None
    if isinstance(value, bool):
        return "true" if value else "false"
    found = number(value) if isinstance(value, int | float) or (isinstance(value, str) and len(value) < 17) else None
    if found is not None:
        return (float(f"{found:.9g}") if abs(found) < 1e9 else round(found, 3)) + 0.0
    return value.lower() if value in ("True", "False") else value  # type: ignore[union-attr, return-value]


def main() -> int:
    """Print how many are the same, and each difference."""
    parser = argparse.ArgumentParser(prog="python -m bench.language.equality", description=__doc__)
    parser.add_argument("names", nargs="*", default=("spl", "llm"), metavar="CORPUS")
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parents[3] / "shared" / "corpora")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--show", type=int, default=15, help="differences to print")
    options = parser.parse_args()
    states: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    left = options.show
    for name in options.names:
        for each in comparisons(some(corpus(options.folder, name), options.count)):
            states[each.state] += 1
            states["same with rows"] += each.state == "same" and each.rows > 0
            if each.state == "unknown":
                unknown[each.note.split(":")[0][:60]] += 1
            if each.state in ("different", "error") and left > 0:
                left -= 1
                print(each.query.id, each.state, each.note, "\n ", " ".join(each.query.text.split())[:900])
                print(difference(each))
    print(dict(states), unknown.most_common(20), file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
