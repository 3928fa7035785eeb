"""The two acts of a run: send the past when the server lacks it, then run the system and say how it goes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

from pilotage.demo import clock as clocks
from pilotage.demo.backfill import backfill, bridge
from pilotage.demo.clock import Clock
from pilotage.demo.incidents import Schedule, parse
from pilotage.demo.monitors import MONITORS
from pilotage.demo.options import Options
from pilotage.demo.sender import RefusedError, Sender
from pilotage.demo.system import System
from pilotage.demo.telemetry import Telemetry

PROGRESS_S = 10.0


def history(sender: Sender, options: Options, clock: Clock) -> tuple[str, int]:
    """Send the past when the server does not have it; what to say, and where what was sent ends (0 = nothing was)."""
    begun = time.monotonic()
    try:
        sent = backfill(sender, options.seed, clock.now(), options.backfill_s)
    except RefusedError as error:
        return f"no history was sent: {error}", 0
    if sent.slices:
        return f"sent {sent.slices:,} five-minute slices of history in {time.monotonic() - begun:.1f} s", sent.end_ns
    return "the server has the history already" if sent.found else "", 0


def live(sender: Sender, options: Options, clock: Clock, past_ns: int, stop: threading.Event) -> Iterator[str]:
    """Run the system until `stop` or the end of the asked duration; a line of progress about every ten seconds.

    What has passed since the end of a history just sent, `past_ns`, is sent before, so that nothing is missing.
    """
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # a retry is no news; a lost batch is
    schedule = Schedule(tuple(parse(text, clock.now()) for text in options.incidents))
    telemetry = Telemetry(options.url, options.token, clock)
    system = System(telemetry, clock, schedule, options.seed)
    try:
        if past_ns:
            bridge(sender, options.seed, past_ns, clock.now())
        system.start()
        yield f"live at speed {options.speed:g}"
        end = None if options.duration_s is None else time.monotonic() + options.duration_s
        watched = False
        while not stop.is_set() and (end is None or time.monotonic() < end):
            stop.wait(PROGRESS_S if end is None else min(PROGRESS_S, max(0.0, end - time.monotonic())))
            yield progress(system, schedule, clock.now())
            if not watched and sender.apply(MONITORS):
                # Only now: what training took left a slice without data, which is nothing to page for.
                watched = True
                yield f"{len(MONITORS)} monitors kept"
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
