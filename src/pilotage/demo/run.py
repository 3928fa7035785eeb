"""`pilotage demo`: wait for the server, backfill the history on first start, then run the system until told to stop."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from pilotage.demo import clock as clocks
from pilotage.demo.backfill import backfill
from pilotage.demo.clock import Clock
from pilotage.demo.incidents import Schedule, parse
from pilotage.demo.sender import RefusedError, Sender
from pilotage.demo.system import System
from pilotage.demo.telemetry import Telemetry

DAY_S = 86_400
FASTEST = 3600.0
PROGRESS_S = 10.0


@dataclass(frozen=True, slots=True)
class Options:
    """What `pilotage demo` was asked for.

    `speed` is demo seconds a real second (0 < speed ≤ 3600), `backfill_s` seconds of history on first start (0 = none),
    `incidents` texts `NAME[@offset]`, `duration_s` real seconds of live traffic, None = until stopped.
    """

    url: str = "http://127.0.0.1:4318"
    token: str | None = None
    speed: float = 1.0
    seed: int = 7
    backfill_s: int = 60 * DAY_S
    incidents: tuple[str, ...] = ()
    duration_s: float | None = None


def run(options: Options, stop: threading.Event | None = None) -> int:
    """Run the demo; 0 when stopped, 2 for options that make no sense (said on stderr), 3 when stopped before a server answered.

    SIGINT and SIGTERM stop it cleanly when called from the main thread; `stop` does from any other.
    """
    stop = stop or threading.Event()
    try:
        check(options)
        sender = Sender(options.url, options.token, stop)
    except ValueError as error:
        say(f"options: {error}")
        return 2
    with signals(stop):
        try:
            if not reach(sender, options.url, stop):
                return 3
            history(sender, options)
        finally:
            sender.close()
        if not stop.is_set():
            live(options, stop)
    return 0


def check(options: Options) -> None:
    """ValueError for options that make no sense."""
    if not 0 < options.speed <= FASTEST:
        raise ValueError(f"speed {options.speed:g} is not between 0 and {FASTEST:g}")
    if options.seed < 0 or options.backfill_s < 0:
        raise ValueError("seed and backfill cannot be negative")
    for text in options.incidents:
        parse(text, 0)


def reach(sender: Sender, url: str, stop: threading.Event) -> bool:
    """Wait for a server at the address; False when stopped first."""
    said = False
    while not stop.is_set():
        if sender.ready():
            return True
        if not said:
            say(f"waiting for a server at {url}")
            said = True
        stop.wait(0.5)
    return False


def history(sender: Sender, options: Options) -> None:
    """Send the past when the server does not have it; a server that refuses it still gets live traffic."""
    begun = time.monotonic()
    try:
        sent = backfill(sender, options.seed, time.time_ns(), options.backfill_s)
    except RefusedError as error:
        say(f"no history was sent: {error}")
        return
    if sent.slices:
        say(f"sent {sent.slices:,} five-minute slices of history in {time.monotonic() - begun:.1f} s")
    elif sent.found:
        say("the server has the history already")


def live(options: Options, stop: threading.Event) -> None:
    """Run the system until `stop` or the end of the asked duration."""
    clock = Clock(options.speed)
    schedule = Schedule(tuple(parse(text, clock.origin_ns) for text in options.incidents))
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # a retry is no news; a lost batch is
    telemetry = Telemetry(options.url, options.token, clock)
    system = System(telemetry, clock, schedule, options.seed)
    try:
        system.start()
        say(f"live at speed {options.speed:g}, model version {system.classifier.version}")
        end = None if options.duration_s is None else time.monotonic() + options.duration_s
        while not stop.is_set() and (end is None or time.monotonic() < end):
            left = PROGRESS_S if end is None else min(PROGRESS_S, max(0.0, end - time.monotonic()))
            stop.wait(left)
            progress(system, schedule, clock.now())
    finally:
        system.close()
        telemetry.close()
    say("stopped")


def progress(system: System, schedule: Schedule, now_ns: int) -> None:
    """One line on stderr."""
    requests, errors = system.requests()
    running = ", ".join(str(incident.kind) for incident in schedule.running(now_ns))
    line = f"{clocks.text(now_ns)}  {requests:,} requests  {errors:,} errors  model {system.classifier.version}"
    say(line + (f"  incident: {running}" if running else ""))


def say(line: str) -> None:
    """A line on stderr, where progress belongs."""
    sys.stderr.write(f"demo: {line}\n")
    sys.stderr.flush()


@contextmanager
def signals(stop: threading.Event) -> Iterator[None]:
    """While inside, SIGINT and SIGTERM set `stop`; only the main thread can ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
