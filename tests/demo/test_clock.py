from __future__ import annotations

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from pilotage.demo.clock import SECOND_NS, Clock, text, version


def test_at_speed_one_demo_time_is_wall_time():
    clock = Clock()
    moment = time.time_ns()
    assert clock.at(moment) == moment


@given(st.floats(0.1, 3600), st.integers(0, 10**9))
def test_a_fast_clock_runs_ahead_by_its_speed(speed, passed_ns):
    clock = Clock(speed, origin_ns=10**18)
    assert abs((clock.at(10**18 + passed_ns) - 10**18) - passed_ns * speed) <= 1
    assert abs(clock.demo_seconds(clock.wall_seconds(60.0)) - 60.0) < 1e-6


def test_waiting_for_a_demo_hour_takes_a_real_moment_on_a_fast_clock():
    clock = Clock(speed=3600 * 1000)
    wanted = clock.now() + 3600 * SECOND_NS
    assert clock.wait_until(wanted, threading.Event())
    assert clock.now() >= wanted


def test_waiting_ends_when_stopped():
    stop = threading.Event()
    stop.set()
    clock = Clock()
    assert not clock.wait_until(clock.now() + 10**15, stop)
    assert not clock.wait_until(clock.now() - 1, stop)


def test_versions_are_utc_minutes_and_grow():
    assert version(0) == "19700101.0000"
    assert version(1_795_293_300 * SECOND_NS) == "20261121.2035"
    assert text(1_795_293_300 * SECOND_NS) == "2026-11-21 20:35"
    assert version(1_795_293_300 * SECOND_NS) < version(1_795_296_900 * SECOND_NS)
