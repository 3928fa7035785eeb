"""`pilotage demo`: wait for the server, backfill the history on first start, then run the system until told to stop.

Importing this file is cheap; the scientific packages (seconds) are loaded when a run begins.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pilotage.demo.clock import shared
from pilotage.demo.options import Options
from pilotage.demo.sender import Sender

__all__ = ["Options", "run"]


def run(options: Options, stop: threading.Event | None = None) -> int:
    """Run the demo; 0 when stopped, 2 for options that make no sense (said on stderr), 3 when stopped before a server answered.

    SIGINT and SIGTERM stop it cleanly when called from the main thread; `stop` does from any other.
    """
    stop = stop or threading.Event()
    loading = threading.Event()
    with signals(stop, loading):
        try:
            options.check()
            if options.incidents:
                from pilotage.demo.incidents import parse  # noqa: PLC0415  # numpy

                for text in options.incidents:
                    parse(text, 0)
            sender = Sender(options.url, options.token, stop)
        except ValueError as error:
            say(f"options: {error}")
            return 2
        try:
            if not reach(sender, options.url, stop):
                return 3
            say("starting")
            loading.set()
            try:
                from pilotage.demo.live import history, live  # noqa: PLC0415  # scikit-learn takes seconds
            except ModuleNotFoundError as error:
                say(f"{error.name} is not installed: the demo needs `pip install 'pilotage[demo]'`")
                return 2
            loading.clear()
            there = sender.clock()
            if there is not None and there[1] != options.speed:
                say(f"the server's clock runs at speed {there[1]:g}, the demo at {options.speed:g}: monitors see the data at other times")
            clock = shared(options.speed, there)
            line, end_ns = history(sender, options, clock)
            if line:
                say(line)
            if not stop.is_set():
                for line in live(sender, options, clock, end_ns, stop):
                    say(line)
        finally:
            sender.close()
    return 0


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


def say(line: str) -> None:
    """A line on stderr, where progress belongs."""
    sys.stderr.write(f"demo: {line}\n")
    sys.stderr.flush()


@contextmanager
def signals(stop: threading.Event, loading: threading.Event) -> Iterator[None]:
    """While inside, SIGINT and SIGTERM set `stop`, and leave at once while `loading`; only the main thread can ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop.set()
        if loading.is_set():
            raise SystemExit(0)  # nothing runs yet, and an import cannot be asked to stop

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
