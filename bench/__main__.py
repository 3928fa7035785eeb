"""`./dev bench [NAME…] [--quick]`: run the measurements named, or all, and print one table."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import detect, durability, footprint, kill9, load, monitors, nab, page, pages, queries, searches, texts
from bench.language import accepted, equality, runs, speed
from bench.table import Figure, render, save
from bench.work import Work

ROOT = Path(__file__).resolve().parents[1]
MEASUREMENTS: dict[str, Callable[[Work], list[Figure]]] = {
    "spans-http": load.spans_http,
    "spans-grpc": load.spans_grpc,
    "logs-http": load.logs_http,
    "metrics-http": load.metrics_http,
    "lag": load.lag,
    "kill9-http": durability.kill9_http,
    "kill9-grpc": durability.kill9_grpc,
    "kill9-hec": durability.kill9_hec_ack,
    **{f"kill9-{protocol}": durability.answered(protocol) for protocol in kill9.SENDERS},
    "texts": texts.texts,
    "overload": load.overload,
    "start": footprint.start_empty,
    "start-full": footprint.start_full,
    "size": footprint.size,
    "queries": queries.queries,
    "searches": searches.searches,
    "scans": searches.scanned,
    "planning": speed.planning,
    "accepted": accepted.accepted,
    "runs": runs.runs,
    "equality": equality.equality,
    "page": page.page,
    "pages": pages.pages,
    "monitors": monitors.monitors,
    **detect.MEASUREMENTS,
    **nab.MEASUREMENTS,
}
WITHOUT_TOOLS = {
    "texts",
    "kill9-hec",
    *(f"kill9-{protocol}" for protocol in kill9.SENDERS),
    "start",
    "start-full",
    "queries",
    "searches",
    "scans",
    "planning",
    "accepted",
    "runs",
    "equality",
    "page",
    "pages",
    "monitors",
    *detect.MEASUREMENTS,
    *nab.MEASUREMENTS,
}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {' '.join(MEASUREMENTS)}; default all")
    parser.add_argument("--quick", action="store_true", help="fewer trials, shorter loads: for trying, not for quoting")
    parser.add_argument(
        "--load-tools", type=Path, default=ROOT.parent / "shared" / "bench" / "load", help="folder of otlp_load.py and kill9.py"
    )
    shared = ROOT.parent / "shared"
    parser.add_argument("--fleet-tools", type=Path, default=shared / "bench" / "fleet", help="folder of FleetBench's fleet.py")
    parser.add_argument("--nab", type=Path, default=shared / "data" / "nab", help="folder of NAB's series.parquet and labels.json")
    parser.add_argument("--rows", type=int, default=10_000_000, help="logs in the query and start-full figures")
    parser.add_argument("--scratch", type=Path, help="folder on a real disk for data directories; default the system's temporary one")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON lines")
    parser.add_argument("--keep", action="store_true", help="keep the scratch folder (server logs, raw results)")
    options = parser.parse_args()
    unknown = [n for n in options.names if n not in MEASUREMENTS]
    if unknown:
        parser.error(f"no measurement named {' '.join(unknown)}; there are: {' '.join(MEASUREMENTS)}")
    return options


def main() -> int:
    """Measure and print; 1 when a goal was missed."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped on the way out
    names = options.names or list(MEASUREMENTS)
    if not (options.load_tools / "otlp_load.py").is_file():
        needing = [n for n in names if n not in WITHOUT_TOOLS]
        if needing:
            print(
                f"bench: no load tools in {options.load_tools}: {' '.join(needing)} left out; name their folder with --load-tools",
                file=sys.stderr,
            )
        names = [n for n in names if n in WITHOUT_TOOLS]
    for tools, needing in (((options.fleet_tools / "fleet.py"), detect.NEED_TOOLS), (options.nab / "labels.json", nab.NEED_DATA)):
        if not tools.is_file() and (absent := [n for n in names if n in needing]):
            print(f"bench: no {tools}: {' '.join(absent)} left out", file=sys.stderr)
            names = [n for n in names if n not in needing]
    if not names:
        return 2
    root = Path(tempfile.mkdtemp(prefix="pilotage-bench-", dir=options.scratch))
    work = Work(root, options.load_tools.resolve(), options.quick, options.rows, options.fleet_tools.resolve(), options.nab.resolve())
    figures: list[Figure] = []
    try:
        for name in names:
            begin = time.monotonic()
            print(f"bench: {name} …", file=sys.stderr, flush=True)
            found = MEASUREMENTS[name](work)
            print(render(found) + f"\nbench: {name} took {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
            figures += found
    finally:
        print(render(figures))
        if options.out:
            save(figures, options.out)
        if options.keep:
            print(f"bench: kept {root}", file=sys.stderr)
        else:
            shutil.rmtree(root, ignore_errors=True)
    return 1 if any(f.verdict == "MISS" for f in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
