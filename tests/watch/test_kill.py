"""kill -9 in the middle of sending: nothing is lost, and at most the message on its way comes twice, under the same id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter

COURIER = """
import sys, threading
from pathlib import Path
from pilotage.schedule.clock import RunningClock
from pilotage.state.open import open_state
from pilotage.watch.delivery import Courier, Surroundings
from pilotage.watch.reach import Reach
state = open_state(Path(sys.argv[1]))
courier = Courier(state, Surroundings(RunningClock(), Reach(("127.0.0.1",))))
courier.start()
threading.Event().wait()
"""
ALERTS = 60


def test_nothing_is_lost_when_the_server_dies_while_it_sends(world, sink, tmp_path):
    storm = {"messages": 1000, "window": "5m"}
    world.channel("hook", settings={"url": sink.url}, storm=storm)
    world.alert(*(f"a{number}" for number in range(ALERTS)))
    deaths = [7, 20, 21, 40]
    process = None
    arrived = sink.arrived

    def start():
        return subprocess.Popen([sys.executable, "-c", COURIER, str(tmp_path)])

    try:
        process = start()
        for death in deaths:
            # The receiver holds its answer until the sender is dead: the message is there, and nobody knows.
            sink.hold_from(death)
            assert arrived.acquire_at(death, 60)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            sink.let_go()
            process = start()
        assert arrived.acquire_at(ALERTS + len(deaths), 60)
    finally:
        if process is not None:
            process.kill()
            process.wait()
    seen = Counter(document["data"]["alert"]["Id"] for document in sink.documents())
    assert set(seen) == {f"a{number}" for number in range(ALERTS)}
    assert sum(seen.values()) == ALERTS + len(deaths)
    identities = {}
    for document, (_, headers, _) in zip(sink.documents(), sink.requests, strict=True):
        identities.setdefault(document["data"]["alert"]["Id"], set()).add(headers["webhook-id"])
    assert all(len(each) == 1 for each in identities.values())
