"""The two acts of a run: send the past when the server lacks it, then run the system and say how it goes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

from pilotage.demo import clock as clocks
from pilotage.demo.backfill import backfill
from pilotage.demo.clock import Clock
from pilotage.demo.incidents import Schedule, parse
from pilotage.demo.options import Options
from pilotage.demo.sender import RefusedError, Sender
from pilotage.demo.system import System
from pilotage.demo.telemetry import Telemetry

PROGRESS_S = 10.0


def history(sender: Sender, options: Options) -> Iterator[str]:
    """Send the past when the server does not have it, and say so; a server that refuses it still gets live traffic."""
    begun = time.monotonic()
    try:
        sent = backfill(sender, options.seed, time.time_ns(), options.backfill_s)
    except RefusedError as error:
        yield f"no history was sent: {error}"
        return
    if sent.slices:
        yield f"sent {sent.slices:,} five-minute slices of history in {time.monotonic() - begun:.1f} s"
    elif sent.found:
        yield "the server has the history already"


def live(options: Options, stop: threading.Event) -> Iterator[str]:
    """Run the system until `stop` or the end of the asked duration; a line of progress about every ten seconds."""
    clock = Clock(options.speed)
    schedule = Schedule(tuple(parse(text, clock.origin_ns) for text in options.incidents))
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # a retry is no news; a lost batch is
    telemetry = Telemetry(options.url, options.token, clock)
    system = System(telemetry, clock, schedule, options.seed)
    try:
        system.start()
        yield f"live at speed {options.speed:g}"
        end = None if options.duration_s is None else time.monotonic() + options.duration_s
        while not stop.is_set() and (end is None or time.monotonic() < end):
            stop.wait(PROGRESS_S if end is None else min(PROGRESS_S, max(0.0, end - time.monotonic())))
            yield progress(system, schedule, clock.now())
    finally:
        system.close()
        telemetry.close()
    yield "stopped"


def progress(system: System, schedule: Schedule, now_ns: int) -> str:
    """How far the system is: demo time, requests and errors so far, the version in service, the incidents that are on."""
    requests, errors = system.requests()
    running = ", ".join(str(incident.kind) for incident in schedule.running(now_ns))
    line = f"{clocks.text(now_ns)}  {requests:,} requests  {errors:,} errors  model {system.classifier.version}"
    return line + (f"  incident: {running}" if running else "")
