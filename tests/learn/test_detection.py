"""One series from history to verdicts: what alerts, what does not, and that state is state."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.learn.calendar import Calendar
from pilotage.learn.detection import Detection, Detector, Verdicts
from pilotage.learn.expectation import alerts_per_week, episodes
from pilotage.learn.fleet import advance_many
from pilotage.model.problem import PilotageError

from .conftest import DAY, Arrays, daily

DETECTION = Detection(300)
TRAIN = 21 * DAY
TIMES, VALUES = daily(28)
DETECTOR = Detector.train(TIMES[:TRAIN], VALUES[:TRAIN], DETECTION).to_bytes()


def ahead(values: np.ndarray, detection: Detection = DETECTION) -> Verdicts:
    """The week after the history, judged."""
    trained = Detector.from_bytes(DETECTOR) if detection is DETECTION else Detector.train(TIMES[:TRAIN], VALUES[:TRAIN], detection)
    return trained.advance(TIMES[TRAIN:], values)


def equal(one: Verdicts, other: Verdicts) -> None:
    for name in Verdicts.__slots__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_an_ordinary_week_is_quiet_and_inside_its_band() -> None:
    found = ahead(VALUES[TRAIN:])
    assert set(found.state) == {"ok"}
    assert len(episodes(found.alerting, 300)) <= 1
    assert np.mean((found.value >= found.lower) & (found.value <= found.upper)) > 0.98
    np.testing.assert_array_equal(found.unusual, (found.value < found.lower) | (found.value > found.upper))


def test_a_shift_alerts_within_three_slices_and_once() -> None:
    values = VALUES[TRAIN:].copy()
    values[1000:1060] += 35
    found = ahead(values)
    starts = [first for first, _ in episodes(found.alerting, 300) if first >= 990]
    assert starts[0] in (1000, 1001, 1002)
    assert len([s for s in starts if s < 1100]) == 1


def test_a_signal_stuck_at_an_ordinary_value_alerts() -> None:
    values = VALUES[TRAIN:].copy()
    values[1000:1036] = values[999]
    found = ahead(values)
    assert found.alerting[1010:1036].any()
    assert not found.alerting[900:1000].any()


def test_alerts_are_the_vote_or_an_escape() -> None:
    values = VALUES[TRAIN:].copy()
    values[500] += 300
    values[800:803] += 40
    found = ahead(values)
    count = np.convolve(found.unusual, np.ones(5), mode="full")[: len(found)]
    np.testing.assert_array_equal(found.alerting, (count >= 3) | (found.unusual & (found.score >= 6)))
    assert found.alerting[500]
    quiet = ahead(values, Detection(300, escape=False))
    assert not quiet.alerting[495:510].any()
    assert quiet.alerting[802]


@pytest.mark.parametrize(("direction", "sign", "alerts"), [("up", 1, True), ("up", -1, False), ("down", -1, True), ("down", 1, False)])
def test_direction(direction: str, sign: int, alerts: bool) -> None:
    values = VALUES[TRAIN:].copy()
    values[1000:1030] += sign * 60
    found = ahead(values, Detection(300, direction=direction))  # type: ignore[arg-type]
    assert found.alerting[1000:1006].any() == alerts
    assert np.isnan(found.lower if direction == "up" else found.upper).all()


def test_small_deviations_stay_quiet_when_told_so() -> None:
    values = VALUES[TRAIN:].copy()
    values[1000:1030] += 40
    assert not ahead(values, Detection(300, min_deviation=80)).alerting.any()
    assert not ahead(values, Detection(300, min_deviation_share=0.9)).alerting.any()


def test_a_warning_level_is_wider() -> None:
    values = VALUES[TRAIN:].copy()
    values[1000:1030] += 17
    found = ahead(values, Detection(300, sensitivity=0.1, warning_sensitivity=1.0))
    assert (found.level == 1).any()
    assert np.all(found.level[found.alerting] == 2)


def test_a_gap_alerts_nobody_and_neither_does_its_end() -> None:
    values = VALUES[TRAIN:].copy()
    values[600:888] = np.nan
    found = ahead(values)
    assert not found.unusual[600:888].any()
    assert not found.alerting[600:960].any()


def test_a_slice_not_given_is_a_missing_one() -> None:
    keep = np.ones(len(TIMES) - TRAIN, bool)
    keep[100:130] = False
    values = np.where(keep, VALUES[TRAIN:], np.nan)
    equal(Detector.from_bytes(DETECTOR).advance(TIMES[TRAIN:][keep], values[keep]), ahead(values))


def test_late_and_repeated_slices_change_nothing() -> None:
    trained = Detector.from_bytes(DETECTOR)
    first = trained.advance(TIMES[TRAIN : TRAIN + 50], VALUES[TRAIN : TRAIN + 50])
    assert len(trained.advance(TIMES[TRAIN : TRAIN + 20], VALUES[TRAIN : TRAIN + 20] * 9)) == 0
    rest = trained.advance(TIMES[TRAIN + 40 :], VALUES[TRAIN + 40 :])
    equal(Verdicts.joined([first, rest]), ahead(VALUES[TRAIN:]))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 2015), max_size=6), st.integers(0, 2015))
def test_cuts_restarts_and_shuffles_change_nothing(cuts: list[int], seed: int) -> None:
    values = VALUES[TRAIN:].copy()
    values[seed : seed + 40] += 50
    values[(seed + 300) % 2016 : (seed + 320) % 2016] = np.nan
    edges = sorted({0, *cuts, values.size})
    state, parts = DETECTOR, []
    for a, b in itertools.pairwise(edges):
        trained = Detector.from_bytes(state)
        order = np.random.default_rng(seed).permutation(b - a)
        parts.append(trained.advance(TIMES[TRAIN + a : TRAIN + b][order], values[a:b][order]))
        state = trained.to_bytes()
    equal(Verdicts.joined(parts), ahead(values))


def test_the_future_changes_no_row() -> None:
    values = VALUES[TRAIN:].copy()
    changed = values.copy()
    changed[1200:] = 1e9
    equal(
        Detector.from_bytes(DETECTOR).advance(TIMES[TRAIN : TRAIN + 1200], values[:1200]),
        Verdicts(*(getattr(ahead(changed), name)[:1200] for name in Verdicts.__slots__)),
    )


def test_many_at_once_are_each_alone() -> None:
    trained = [Detector.from_bytes(DETECTOR) for _ in range(3)]
    table = np.stack([VALUES[TRAIN:], VALUES[TRAIN:] + 60, np.full(len(TIMES) - TRAIN, np.nan)])
    for row, found in zip(table, advance_many(trained, TIMES[TRAIN:], table), strict=True):
        equal(found, ahead(row))


def test_sensitivity_raises_the_alerts_to_expect() -> None:
    trained = Detector.from_bytes(DETECTOR)
    rates = [alerts_per_week(trained, s) for s in np.arange(0.1, 1.01, 0.1)]
    assert all(a < b for a, b in itertools.pairwise(rates))
    assert rates[0] < 0.3 < rates[-1]


def test_counts_of_zero_are_missing_slices() -> None:
    counts = np.ones(len(TIMES) - TRAIN)
    counts[10:20] = 0
    found = Detector.from_bytes(DETECTOR).advance(TIMES[TRAIN:], VALUES[TRAIN:], counts)
    assert np.isnan(found.value[10:20]).all()


def test_excluded_periods_are_not_judged(wave: Callable[..., Arrays]) -> None:
    values = VALUES[TRAIN:].copy()
    values[1000:1100] += 80
    excluded = Calendar(excluded=((int(TIMES[TRAIN + 990]), int(TIMES[TRAIN + 1110])),))
    assert not ahead(values, Detection(300, calendar=excluded)).alerting[985:1115].any()


@pytest.mark.parametrize(
    "wrong",
    [
        {"slice_seconds": 0},
        {"slice_seconds": 300, "window": 0},
        {"slice_seconds": 300, "min_unusual": 6},
        {"slice_seconds": 300, "sensitivity": 1.5},
        {"slice_seconds": 300, "direction": "sideways"},
        {"slice_seconds": 300, "missing": "maybe"},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(PilotageError):
        Detection(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("window", "text", "count"), [(5, "60%", 3), (5, "3", 3), (10, "25%", 3), (6, "50%", 3), (1, "100%", 1), (5, "1%", 1)]
)
def test_shares_become_counts(window: int, text: str, count: int) -> None:
    assert Detection.share(window, text) == count


@pytest.mark.parametrize("text", ["0", "0%", "120%", "6", "most", "2.5", "-1"])
def test_shares_that_cannot_be(text: str) -> None:
    with pytest.raises(PilotageError):
        Detection.share(5, text)


@pytest.mark.parametrize("data", [b"", b"\x00\x09rest", DETECTOR[:200], b"\x00\x01\x80"])
def test_bytes_of_another_kind_are_refused(data: bytes) -> None:
    with pytest.raises(PilotageError) as caught:
        Detector.from_bytes(data)
    assert caught.value.problem.code == "detector-format"


def test_the_interface_loads_no_numba() -> None:
    code = "import sys, pilotage.learn.detection, pilotage.learn.expectation; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
