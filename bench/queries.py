"""Ten million logs and four questions, each beside the best SQL we could write by hand, in one process on one warm engine."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.server import running
from bench.table import Figure
from bench.work import Work

SQL = Path(__file__).parent / "sql"
END_S = 1_795_219_200  # 2026-11-21T00:00:00Z; the rows fill the 24 hours before
CHUNK = 1_000_000
REPEATS = 9
RARE, TRACE_NUMBER = 54_321, 4_321  # a row and a trace of ten rows that also a small run has
BETWEEN = f"earliest={END_S - 86_400} latest={END_S}"
QUESTIONS: dict[str, tuple[str, float | None]] = {
    "slices": (f"index=main {BETWEEN} | timechart span=5m limit=0 count by service", None),
    "token": (f"index=main {BETWEEN} needle{RARE}", 100.0),
    "trace": ("index=main trace_id=TRACE", None),
    "latest": ("index=main | head 50", 100.0),
}


def generate(data: Path, rows: int) -> None:
    """Fill the logs table inside the engine; runs in a process of its own, as one process can open a store path once."""
    from pilotage.store.open import open_store  # noqa: PLC0415 - loads the engine into this process

    store = open_store(data / "store")
    try:
        insert = (SQL / "generate.sql").read_text()
        for begin in range(0, rows, CHUNK):
            parameters = {"begin": begin, "count": min(CHUNK, rows - begin), "rows": rows, "end": END_S}
            store.backend.execute(insert, parameters)
        store.backend.execute("OPTIMIZE TABLE pilotage.logs FINAL")
    finally:
        store.close()


def dataset(work: Work) -> Path:
    """A server folder that holds the rows, made once a run."""
    if work.dataset is None:
        folder = work.folder("dataset")
        with running(folder):
            pass
        begin = time.monotonic()
        code = f"from pathlib import Path; from bench.queries import generate; generate(Path({str(folder / 'data')!r}), {work.rows})"
        subprocess.run([sys.executable, "-c", code], check=True)
        print(f"bench: {work.rows:,} rows generated in {time.monotonic() - begin:.0f} s", file=sys.stderr)
        work.dataset = folder
    return work.dataset


def in_turns(ours: Callable[[], int], theirs: Callable[[], int]) -> tuple[tuple[float, int], tuple[float, int]]:
    """Median milliseconds of either, asked in turns after two warm-up rounds, and the rows of an answer."""
    times: tuple[list[float], list[float]] = ([], [])
    sizes = [0, 0]
    for turn in range(REPEATS + 2):
        for side, ask in enumerate((ours, theirs)):
            begin = time.perf_counter()
            sizes[side] = ask()
            if turn >= 2:
                times[side].append(1000 * (time.perf_counter() - begin))
    return (statistics.median(times[0]), sizes[0]), (statistics.median(times[1]), sizes[1])


def compare(data: Path) -> dict[str, dict[str, float]]:
    """Medians of each question in our language and in SQL, on the same open store."""
    from pilotage.engine.run import Engine, Search  # noqa: PLC0415 - loads the engine into this process
    from pilotage.store.backend import Limits  # noqa: PLC0415
    from pilotage.store.open import open_store  # noqa: PLC0415

    store = open_store(data / "store")
    try:
        engine = Engine(store)
        (found,) = store.backend.rows("SELECT lower(hex(sipHash128(toUInt64({n:UInt64}))))", {"n": TRACE_NUMBER})
        trace = str(found[0])
        results = {}
        for name, (question, _) in QUESTIONS.items():
            query = question.replace("TRACE", trace)
            sql = (SQL / f"{name}.sql").read_text()
            parameters = {"begin": END_S - 86_400, "end": END_S, "token": f"needle{RARE}", "trace": trace}

            def ours(query: str = query) -> int:
                search = Search(query=query, language="spl", earliest=None, latest=None, now=None, zone="UTC", limits=Limits())
                return sum(line.count(b"\n") for line in engine.start(search).ndjson())

            def theirs(sql: str = sql, parameters: dict[str, object] = parameters) -> int:
                session = store.backend.reader(Limits())
                try:
                    return sum(piece.count(b"\n") for piece in session.text(sql, parameters))
                finally:
                    session.close()

            (our_ms, our_rows), (sql_ms, sql_rows) = in_turns(ours, theirs)
            results[name] = {"ours": our_ms, "sql": sql_ms, "our_rows": our_rows, "sql_rows": sql_rows}
        return results
    finally:
        store.close()


def queries(work: Work) -> list[Figure]:
    """The four questions."""
    folder = dataset(work)
    code = f"import json; from pathlib import Path; from bench.queries import compare; print(json.dumps(compare(Path({str(folder / 'data')!r}))))"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    if done.returncode:
        return [Figure("queries", None, "ms", note=(done.stderr.strip().splitlines() or ["failed"])[-1][:200])]
    figures = []
    for name, medians in json.loads(done.stdout.splitlines()[-1]).items():
        work.keep({"item": f"query {name}", **medians})
        note = (
            f"{medians['ours']:.1f} ms against {medians['sql']:.1f} ms by hand; rows {medians['our_rows']:.0f} / {medians['sql_rows']:.0f}"
        )
        figures.append(Figure(f"query {name}", round(medians["ours"] / medians["sql"], 2), "x SQL", "<= 1.3", note))
        limit = QUESTIONS[name][1]
        if limit is not None:
            figures.append(Figure(f"query {name} warm", round(medians["ours"], 1), "ms", f"<= {limit:g}"))
    return figures
