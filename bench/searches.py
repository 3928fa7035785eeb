"""Twelve typical searches over ten million logs, each beside the best SQL we could write by hand, asked in turns on one warm engine."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from bench.queries import BETWEEN, END_S, RARE, SQL, dataset
from bench.table import Figure
from bench.work import Work
from pilotage.engine.run import Engine, Search
from pilotage.model.knowledge import Lookup
from pilotage.store.backend import Limits
from pilotage.store.open import Store, open_store

ROUNDS = 7
LIMITS = Limits(seconds=3600, memory_bytes=12 << 30)
SCAN = f"search index=main {BETWEEN}"
SEARCHES = {
    "count_by": f"{SCAN} | stats count by http.response.status_code",
    "timechart_by": f"{SCAN} | timechart span=5m avg(duration_ms) by service",
    "rare": f"{SCAN} needle{RARE} | stats count by host, service",
    "rex_stats": f'{SCAN} | rex "ended with (?<code>\\d+) in (?<took>\\d+) ms" | stats count avg(took) by code',
    "dedup": f"{SCAN} | dedup user.id | table _time user.id service",
    "top": f"{SCAN} | top limit=20 user.id",
    "join": (
        f"{SCAN} severity=ERROR | join user.id [{SCAN} severity=INFO | stats avg(duration_ms) as usual by user.id] "
        "| where duration_ms > 1.5 * usual | stats count by service"
    ),
    "eventstats": f"{SCAN} | eventstats avg(duration_ms) as mean by service | where duration_ms > 1.5 * mean | stats count by service",
    "transaction": f"{SCAN} | transaction trace_id | stats count avg(duration) max(eventcount)",
    "lookup": f"{SCAN} | lookup plans user AS user.id OUTPUT plan | stats count by plan",
    "percentile": f"{SCAN} | stats perc50(duration_ms) perc95(duration_ms) perc99(duration_ms) by service",
    "export": f"{SCAN} | table _time service host user.id duration_ms _raw",
}
RATES: dict[str, tuple[str, int]] = {
    "dense, a field": (f"{SCAN} user.id>4400 | stats count by service", 1_000_000),
    "dense, a word": (f"{SCAN} 200 | stats count by service", 1_000_000),
    "sparse, a word": (f"{SCAN} needle{RARE} | stats count by service", 100_000),
    "sparse, a field": (f"{SCAN} request.number={RARE} | stats count by service", 100_000),
    "look-around in RE2": (f'{SCAN} | rex "(?<=ended with )(?<code>\\d+)(?! s)" | stats count by code', 300_000),
    "PCRE, every text another": (f'{SCAN} | rex "ended with (?<code>\\d++)" | stats count by code', 300_000),
    "PCRE, behind a rare prefilter": (f'{SCAN} | rex "ended with (?<code>500)(?<more>.)\\k<more>?" | stats count by code', 300_000),
    "transaction": (SEARCHES["transaction"], 300_000),
}
"""Events scanned in a second. Splunk's reference machine scans 50,000 dense (a tenth or more match) or 5,000 sparse (one in 10,000)."""
USERS = 5_000
PLANS = ("free", "team", "business", "enterprise")
COMPARED_BYTES = 4 << 20
"""Answers up to this size are compared row by row, larger ones by their number of rows."""


class Plans:
    """Implements `engine.lookups.Library`: one lookup, the plan of each user."""

    known = Lookup("plans", ("user", "plan"), "bench0plans", USERS)

    def lookup(self, name: str) -> Lookup | None:
        """The one there is."""
        return self.known if name == "plans" else None

    def lookup_names(self) -> tuple[str, ...]:
        """Its name."""
        return ("plans",)

    def rows(self, lookup: Lookup) -> pa.Table:
        """Users and their plans as texts."""
        del lookup
        return pa.table({"user": [str(user) for user in range(USERS)], "plan": [PLANS[user % len(PLANS)] for user in range(USERS)]})

    def keep(self, lookup: Lookup, rows: pa.Table) -> Lookup:
        """Nothing is written here."""
        raise LookupError(lookup.name, rows.num_rows)


@dataclass(frozen=True, slots=True)
class Asked:
    """One asking: wall and CPU milliseconds of the whole process, and the answer or, if it is long, its beginning."""

    wall: float
    cpu: float
    rows: int
    answer: bytes


def asked(pieces: Iterable[bytes]) -> Asked:
    """Ask once."""
    kept, rows = bytearray(), 0
    wall, cpu = time.perf_counter(), time.process_time()
    for piece in pieces:
        rows += piece.count(b"\n")
        if len(kept) <= COMPARED_BYTES:
            kept += piece
    return Asked(1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu), rows, bytes(kept))


def same(ours: Asked, theirs: Asked) -> bool:
    """Whether both gave the same rows in the same order, but for the last digits of numbers; absent cells are null ones."""
    if ours.rows != theirs.rows:
        return False
    if len(ours.answer) > COMPARED_BYTES:
        return True
    pairs = zip(ours.answer.splitlines(), theirs.answer.splitlines(), strict=True)
    return all(_same_cells(json.loads(mine), json.loads(hand)) for mine, hand in pairs)


def _same_cells(mine: dict[str, object], hand: dict[str, object]) -> bool:
    present = {name: value for name, value in hand.items() if value is not None}
    return mine.keys() == present.keys() and all(_same_cell(mine[name], value) for name, value in present.items())


def _same_cell(mine: object, hand: object) -> bool:
    try:
        return math.isclose(float(str(mine)), float(str(hand)), rel_tol=1e-9)
    except ValueError:
        return mine == hand


@contextmanager
def opened(data: Path) -> Iterator[tuple[Store, Engine]]:
    """The store of the rows with its lookup, once as ours and once as a table for SQL."""
    store = open_store(data / "store")
    try:
        store.backend.execute("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
        store.backend.execute("CREATE OR REPLACE TABLE bench.plans (user String, plan String) ENGINE = Memory")
        store.backend.insert("bench.plans", Plans().rows(Plans.known))
        yield store, Engine(store, library=Plans())
    finally:
        store.close()


def compare(data: Path, names: list[str], rounds: int = ROUNDS) -> dict[str, dict[str, float | str]]:
    """Each search and its SQL in turns on one open store: medians, and whether their answers agree."""
    results: dict[str, dict[str, float | str]] = {}
    with opened(data) as (store, engine):
        for name in names:
            pairs = [(asked(ours(engine, SEARCHES[name])), asked(by_hand(store, name))) for _ in range(rounds + 1)][1:]
            mine, hand = zip(*pairs, strict=True)
            results[name] = {
                "ours": statistics.median(a.wall for a in mine), "sql": statistics.median(a.wall for a in hand),
                "ours_cpu": statistics.median(a.cpu for a in mine), "sql_cpu": statistics.median(a.cpu for a in hand),
                "rows": mine[0].rows, "agree": "same rows" if same(mine[0], hand[0]) else "OTHER ROWS",
            }  # fmt: skip
            print(json.dumps({"name": name, **results[name]}), file=sys.stderr, flush=True)
    return results


def ours(engine: Engine, query: str) -> Iterator[bytes]:
    """The answer of a search, planning included."""
    yield from engine.start(Search(query=query, limits=LIMITS)).ndjson()


def by_hand(store: Store, name: str) -> Iterator[bytes]:
    """The answer of the SQL for a search."""
    parameters = {"begin": END_S - 86_400, "end": END_S, "token": f"needle{RARE}"}
    session = store.backend.reader(LIMITS)
    try:
        yield from session.text((SQL / "searches" / f"{name}.sql").read_text(), parameters)
    finally:
        session.close()


def rates(data: Path, rounds: int) -> dict[str, dict[str, float | str]]:
    """Each search of `RATES`: medians."""
    results: dict[str, dict[str, float | str]] = {}
    with opened(data) as (_, engine):
        for name, (query, _) in RATES.items():
            found = [asked(ours(engine, query)) for _ in range(rounds + 1)][1:]
            results[name] = {"wall": statistics.median(a.wall for a in found), "cpu": statistics.median(a.cpu for a in found)}
            results[name]["answer"] = found[0].answer.decode()[:200]
            print(json.dumps({"name": name, **results[name]}), file=sys.stderr, flush=True)
    return results


def _apart(function: str, folder: Path, *arguments: str) -> dict[str, dict[str, float]] | None:
    """Call a function of this module in a process of its own, as one process can open a store path once."""
    code = f"import json, sys; from pathlib import Path; from bench import searches as s; print(json.dumps(s.{function}(Path(sys.argv[1]), {', '.join(arguments)})))"
    done = subprocess.run([sys.executable, "-c", code, str(folder / "data")], check=False, stdout=subprocess.PIPE, text=True)
    return None if done.returncode else json.loads(done.stdout.splitlines()[-1])


def searches(work: Work) -> list[Figure]:
    """The twelve searches."""
    results = _apart("compare", dataset(work), "list(s.SEARCHES)", "3" if work.quick else str(ROUNDS))
    if results is None:
        return [Figure("searches", None, "x SQL", "<= 1.3", "failed")]
    figures = []
    for name, found in results.items():
        work.keep({"item": f"search {name}", **found})
        note = (
            f"{found['ours']:.0f} ms against {found['sql']:.0f} ms by hand; CPU {found['ours_cpu'] / found['sql_cpu']:.2f} x; "
            f"{found['rows']:.0f} rows, {found['agree']}"
        )
        figures.append(Figure(f"search {name}", round(found["ours"] / found["sql"], 2), "x SQL", "<= 1.3", note))
    return figures


def scanned(work: Work) -> list[Figure]:
    """Events scanned in a second, by wall clock and by CPU-second."""
    results = _apart("rates", dataset(work), "1" if work.quick else "3")
    if results is None:
        return [Figure("events scanned", None, "/s", ">= 1", "failed")]
    figures = []
    for name, found in results.items():
        note = f"{1000 * work.rows / found['cpu']:,.0f} a CPU-second"
        figures.append(Figure(f"scan {name}", round(1000 * work.rows / found["wall"]), "/s", f">= {RATES[name][1]}", note))
    return figures
