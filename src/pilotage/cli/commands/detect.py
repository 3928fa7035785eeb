"""`pilotage detect`: the monitor's detector over a Parquet file of series."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from pilotage.cli.rows import say
from pilotage.model.problem import PilotageError, fail
from pilotage.model.time import NANOSECONDS, read_span, read_time

if TYPE_CHECKING:
    from pilotage.cli.tables import Table
    from pilotage.learn.batch import Job

HELP = "Judge the series of a Parquet file: forecast, band, score, alert for each slice."
MANY = 48
Answer = TypeVar("Answer")


def _span(text: str) -> int:
    """A whole number of seconds."""
    seconds = read_span(text).seconds
    if seconds < 1 or seconds != int(seconds):
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number of seconds")
    return int(seconds)


def _since(text: str) -> int | float:
    """Epoch seconds, or a share of each series between 0 and 1."""
    if text.endswith("%"):
        share = float(text[:-1]) / 100
        if not 0 <= share <= 1:
            raise argparse.ArgumentTypeError(f"`{text}` is not between 0% and 100%")
        return share
    return -(-read_time(text, now=time.time_ns(), zone=ZoneInfo("UTC")) // NANOSECONDS)


def _told(read: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """The reader with its refusals as argparse tells them: usage, exit 2."""

    def reading(text: str) -> Answer:
        try:
            return read(text)
        except PilotageError as error:
            raise argparse.ArgumentTypeError(error.problem.render()) from error

    return reading


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the contract."""
    parser.add_argument("file", type=Path, metavar="FILE.parquet", help="columns series, timestamp, value in any order of rows")
    parser.add_argument("--timeslice", type=_told(_span), required=True, metavar="SPAN", help="width of a slice, such as 5m")
    help_since = "start of judging: a time (ISO 8601, epoch seconds), or a share of each series such as 15%%"
    parser.add_argument("--train-until", type=_told(_since), required=True, metavar="T", help=help_since)
    parser.add_argument("--window", type=int, default=5, metavar="N", help="slices that vote on an alert, default 5")
    parser.add_argument("--min-unusual", default="60%", metavar="SHARE", help="unusual slices needed, a count or a share; default 60%%")
    parser.add_argument("--direction", choices=("both", "up", "down"), default="both", help="which deviations count")
    parser.add_argument("--sensitivity", type=float, default=0.5, metavar="X", help="0.1 to 1.0: more alerts a week, default 0.5")
    parser.add_argument("--missing", choices=("auto", "gap", "zero"), default="auto", help="what an absent slice means")
    parser.add_argument("--escape", choices=("on", "off"), default="on", help="whether one extreme slice (p < 1e-6) alerts alone")
    parser.add_argument("--processes", type=int, metavar="N", help="default: one a core for many series")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT.parquet", help="the file to write; it appears when complete")


def run(arguments: argparse.Namespace) -> int:
    """0 with the file complete; otherwise there is no file."""
    from pilotage.cli.tables import Sink, read_series  # noqa: PLC0415
    from pilotage.learn.batch import detect_all  # noqa: PLC0415
    from pilotage.learn.detection import Detection  # noqa: PLC0415

    try:
        detection = Detection(
            slice_seconds=arguments.timeslice,
            window=arguments.window,
            min_unusual=Detection.share(arguments.window, arguments.min_unusual),
            direction=arguments.direction,
            sensitivity=arguments.sensitivity,
            missing=arguments.missing,
            escape=arguments.escape == "on",
        )
    except PilotageError as error:
        say(error.problem.render())
        return 2
    table = read_series(arguments.file)
    processes = arguments.processes or (min(os.cpu_count() or 1, 8) if len(table.names) >= MANY else 1)
    part = arguments.out.with_name(arguments.out.name + ".part")
    states: Counter[str] = Counter()
    alerting = 0
    begin = time.monotonic()
    try:
        sink = Sink(part, table)
        try:
            results = detect_all(_jobs(table, arguments.train_until, detection.slice_seconds), detection, processes)
            for done, (name, verdicts) in enumerate(results, 1):
                sink.write(name, verdicts)
                alerting += bool(verdicts.alerting.any())
                states[str(verdicts.state[-1]) if len(verdicts) else "empty"] += 1
                _show(done, len(table.names))
        finally:
            sink.close()
        part.replace(arguments.out)
    except OSError as error:
        raise fail("unwritable-file", f"cannot write `{arguments.out}`: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    told = ", ".join(f"{state} {count}" for state, count in states.most_common())
    say(f"wrote {arguments.out}: {len(table.names)} series in {time.monotonic() - begin:.0f} s, {alerting} with alerts; {told}")
    return 0


def _jobs(table: Table, since: float, width: int) -> Iterator[Job]:
    from pilotage.learn.batch import Job, grouped  # noqa: PLC0415

    if table.times.size == 0:
        return
    until = int(table.times.max()) // width * width
    for name, rows in zip(table.names, grouped(table.code, table.times), strict=True):
        yield Job(name, table.times[rows], table.values[rows], since, until)


def _show(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{done} of {total} series" + ("\r\x1b[K" if done == total else ""))
        sys.stderr.flush()
