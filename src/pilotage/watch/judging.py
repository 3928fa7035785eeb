"""Judges: what decides slice by slice whether one series is unusual, learned (anomaly) or by a rule over the slices just before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pilotage.learn.calendar import Calendar
from pilotage.learn.detection import Detection, Detector, Verdicts
from pilotage.model.time import NANOSECONDS, read_time, read_zone
from pilotage.watch.conditions import Condition, read_condition
from pilotage.watch.monitors import Monitor, seconds
from pilotage.watch.patterns import FirstSeen
from pilotage.watch.verdicts import Findings, rule_of

Times = NDArray[np.int64]
Floats = NDArray[np.float64]
DAY_S = 86_400


class Judge(Protocol):
    """Judges one series; its state moves on with every slice."""

    @property
    def state(self) -> str:
        """`learning`, `insufficient_data`, `sparse`, `degraded` or `ok`."""
        ...

    @property
    def reason(self) -> str:
        """Why, empty when ok."""
        ...

    def advance(self, times: Times, values: Floats) -> Verdicts:
        """Judge consecutive slices after the last one seen; NaN = missing."""
        ...

    def to_bytes(self) -> bytes | None:
        """What must be kept over a restart; None when the history says it all."""
        ...


class Learned:
    """A forecasting detector."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector

    @property
    def state(self) -> str:
        """The detector's."""
        return self.detector.state

    @property
    def reason(self) -> str:
        """The detector's."""
        return self.detector.reason

    def advance(self, times: Times, values: Floats) -> Verdicts:
        """The detector's verdicts."""
        return self.detector.advance(times, values)

    def to_bytes(self) -> bytes:
        """The detector's whole state."""
        return self.detector.to_bytes()


@dataclass(slots=True)
class Ruled:
    """A rule over a tail of slices: `rule` looks at consecutive values, `need` of them before the ones to be judged."""

    rule: Callable[[Times, Floats], Findings]
    need: int
    window: int
    votes: int
    times: Times = field(default_factory=lambda: np.zeros(0, np.int64))
    values: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def state(self) -> str:
        """A rule is ready when its tail is."""
        return "ok" if int(np.isfinite(self.values).sum()) or self.need == 0 else "learning"

    @property
    def reason(self) -> str:
        """Why it is learning."""
        return "" if self.state == "ok" else "no_values"

    def advance(self, times: Times, values: Floats) -> Verdicts:
        """The rule over the tail and the new slices, then the vote."""
        self.times, self.values = np.concatenate([self.times, times]), np.concatenate([self.values, values])
        found = self.rule(self.times, self.values)
        level = np.minimum(_voted(found.level >= 1, self.window, self.votes), 1) + _voted(found.level >= 2, self.window, self.votes)
        new = slice(self.times.size - times.size, None)
        state = np.full(times.size, "ok")
        verdicts = Verdicts(
            times, values, found.expected[new], found.lower[new], found.upper[new], found.score[new],
            found.level[new] >= 1, level[new] >= 1, level[new].astype(np.int8), state,
        )  # fmt: skip
        keep = self.need + self.window
        self.times, self.values = self.times[-keep:], self.values[-keep:]
        return verdicts

    def to_bytes(self) -> None:
        """Nothing: the store still has the tail."""
        return


def _voted(unusual: NDArray[np.bool_], window: int, votes: int) -> NDArray[np.int8]:
    """1 where at least `votes` of the last `window` slices are unusual."""
    total = np.cumsum(np.concatenate([np.zeros(1, np.int64), unusual]))
    last = np.arange(1, unusual.size + 1)
    enough: NDArray[np.bool_] = total[last] - total[np.maximum(last - window, 0)] >= votes
    return enough.astype(np.int8)


def detection_of(monitor: Monitor) -> Detection:
    """How a series of an anomaly monitor is judged. Raises `PilotageError` for what detection refuses."""
    zone = read_zone(monitor.zone)
    excluded = tuple(
        (read_time(each.begin, now=0, zone=zone) // NANOSECONDS, read_time(each.end, now=0, zone=zone) // NANOSECONDS)
        for each in monitor.excluded
    )
    plain = monitor.zone == "UTC" and not monitor.holidays and not excluded
    return Detection(
        monitor.slice_seconds,
        monitor.vote_window,
        monitor.votes,
        monitor.direction,
        monitor.sensitivity,
        monitor.missing if monitor.missing in ("auto", "gap", "zero") else "gap",
        monitor.escape,
        monitor.min_deviation,
        monitor.min_deviation_share,
        monitor.warning_sensitivity,
        None if plain else Calendar(monitor.zone, monitor.holidays or None, excluded),
    )


def history_of(monitor: Monitor) -> int:
    """How much history, in seconds, a judge of this monitor starts from."""
    if monitor.kind in ("anomaly", "pattern"):
        return seconds(monitor.history, "history")
    if monitor.kind in ("missing", "population"):
        return seconds(monitor.expiry, "expiry") if monitor.kind == "missing" else 0
    need, _ = rule_of(monitor)
    return (need + monitor.window) * monitor.slice_seconds


def judge_of(monitor: Monitor, times: Times, values: Floats, before: Judge | None = None) -> Judge:
    """A judge that knows this history (consecutive slices, NaN = missing); for an anomaly the better of `before` and a new model."""
    if monitor.kind == "anomaly":
        incumbent = before.detector if isinstance(before, Learned) else None
        return Learned(Detector.train(times, values, detection_of(monitor), incumbent=incumbent))
    if monitor.kind == "pattern":
        return FirstSeen(known=bool(times.size))
    need, rule = rule_of(monitor)
    keep = need + monitor.window
    return Ruled(rule, need, monitor.vote_window, monitor.votes, times[-keep:], values[-keep:])


def restored(data: bytes) -> Judge:
    """The judge kept as bytes. Raises `detector-format`."""
    return Learned(Detector.from_bytes(data))


def clear_condition(monitor: Monitor) -> Condition | None:
    """What must hold for an alert to end, beside quiet."""
    return read_condition(monitor.clear, "clear") if monitor.clear else None
