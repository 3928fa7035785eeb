"""What it costs to be there: CPU until healthy, idle memory, bytes a row on disk."""

from __future__ import annotations

import time

from bench.load import count_command, otlp_load
from bench.queries import dataset
from bench.server import cpu_seconds, idle, place, rss_bytes, running, start, stop
from bench.table import Figure
from bench.work import Work

SIZES = {"traces": ("spans", "10", 70), "logs": ("logs", "8", 100), "metrics": ("points", "4", 8)}


def _started(work: Work, name: str, goal_cpu_s: float, *, with_rows: bool) -> list[Figure]:
    folder = dataset(work) if with_rows else work.folder(name)
    where = place(folder)
    begin = time.monotonic()
    process = start(where)
    try:
        used, took = cpu_seconds(process.pid), time.monotonic() - begin
        idle(process.pid, 60)
        resting = rss_bytes(process.pid) / 1e6
    finally:
        stop(process)
    note = f"{took:.2f} s on the clock" + (f", {work.rows / 1e6:g} M rows" if with_rows else ", empty")
    return [
        Figure(f"start {name}", round(used, 2), "CPU-s", f"<= {goal_cpu_s}", note),
        Figure(f"idle RSS {name}", round(resting), "MB", "<= 350"),
    ]


def start_empty(work: Work) -> list[Figure]:
    """A new data directory; the first start of two is left out, as it compiles and creates tables."""
    with running(work.folder("warm-up")):
        pass
    return _started(work, "empty", 1.5, with_rows=False)


def start_full(work: Work) -> list[Figure]:
    """The data directory of the query figures."""
    return _started(work, "full", 2.5, with_rows=True)


def size(work: Work) -> list[Figure]:
    """Load each signal, stop the server, merge everything, divide the parts' bytes by their rows."""
    folder = work.folder("size")
    batches = "200" if work.quick else "2000"
    with running(folder) as (where, pid):
        for signal, (_, attributes, _) in SIZES.items():
            otlp_load(
                work, where, pid, signal, "http-protobuf", "--batches", batches, "--attributes", attributes,
                "--count-command", count_command(where, signal), "--count-every", "2",
            )  # fmt: skip
        idle(pid, 60)
    from pilotage.store.open import open_store  # noqa: PLC0415 - loads the engine into this process

    store = open_store(folder / "data" / "store")
    try:
        figures = []
        for table, _, goal in SIZES.values():
            store.backend.execute(f"OPTIMIZE TABLE pilotage.{table} FINAL")
            (found,) = store.backend.rows(
                "SELECT sum(bytes_on_disk), sum(rows) FROM system.parts"
                " WHERE active AND database = 'pilotage' AND table = {table:String} AND partition NOT LIKE '%_internal%'",
                {"table": table},
            )
            stored, rows = int(str(found[0])), int(str(found[1]))
            figures.append(
                Figure(f"bytes a {table.removesuffix('s')}", round(stored / max(1, rows), 1), "B", f"<= {goal}", f"{rows:,} rows, merged")
            )
        return figures
    finally:
        store.close()
