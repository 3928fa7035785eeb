from __future__ import annotations

import threading
import time

import pytest

from pilotage.model.problem import PilotageError
from pilotage.schedule.clock import HeldClock, RunningClock, open_clock


def test_a_fast_clock_begins_at_the_present_and_runs_ahead():
    clock = RunningClock(60.0, origin=time.time() - 10)
    assert clock.now() - time.time() == pytest.approx(590, abs=30)


def test_a_fast_clock_never_runs_backwards_over_a_restart(tmp_path):
    first = open_clock(tmp_path, 600.0)
    reached = RunningClock(first.speed, first.origin - 5).now()
    (tmp_path / "clock.json").write_text(f'{{"speed": 600.0, "origin": {first.origin - 5}}}')
    for speed in (600.0, 20.0):
        again = open_clock(tmp_path, speed).now()
        assert again >= reached
        reached = again


def test_real_time_leaves_no_file(tmp_path):
    assert abs(open_clock(tmp_path, 1.0).now() - time.time()) < 5
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_is_as_none(tmp_path):
    (tmp_path / "clock.json").write_text("{")
    assert open_clock(tmp_path, 2.0).now() >= time.time() - 5


@pytest.mark.parametrize("speed", [0, -1, 4000])
def test_impossible_speeds_are_refused(tmp_path, speed):
    with pytest.raises(PilotageError, match="bad-speed"):
        open_clock(tmp_path, speed)


def test_waiting_ends_with_the_time_or_with_a_stop():
    clock, stop = HeldClock(100.0), threading.Event()
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(clock.sleep_until(160.0, stop)))
    thread.start()
    clock.advance(59)
    assert done == []
    clock.advance(1)
    thread.join(5)
    assert done == [True]
    stop.set()
    assert clock.sleep_until(1e9, stop) is False
    assert RunningClock(3600.0).sleep_until(time.time() + 1e6, stop) is False
