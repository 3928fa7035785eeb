"""A trained series in force: members, calibration and vote, moved on slice by slice."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pilotage.learn import decision, evidence, expected
from pilotage.learn.automl import Member
from pilotage.learn.calendar import Calendar, Times
from pilotage.learn.calibration import Tail
from pilotage.learn.contract import DAY_S, Floats, Frame, Rhythm
from pilotage.learn.detection import STATES, Detection, Verdicts
from pilotage.learn.registry import detector
from pilotage.learn.series import Transform, on_grid

HOURS = 24
LEARNING_DAYS = 2
LONGEST_GAP_DAYS = 60
SIDES = {"both": 0, "up": 1, "down": -1}


def sensitivity_limit(sensitivity: float) -> float:
    """The score of a slice at which it is unusual: falls with the sensitivity, 2.5 at 0.5."""
    return 3.5 - 2.0 * sensitivity


@dataclass(slots=True)
class Pipeline:
    """Everything about one series that lasts."""

    detection: Detection
    transform: Transform
    zero: bool
    members: list[Member]
    above: Tail
    below: Tail
    hours: Floats
    memory: Floats
    limit: float
    warning: float
    direction: int
    state: str
    reason: str
    loss: float
    trained_at: int
    cpu_seconds: float
    next_slice: int
    observed: int
    log_rates: Floats = field(default_factory=lambda: np.zeros(0))
    recollection: Floats = field(default_factory=lambda: np.zeros(1))
    ring: Floats = field(default_factory=lambda: np.zeros(0))
    warning_ring: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        if self.ring.size == 0:
            self.ring = np.zeros(decision.RING + self.detection.window)
            self.warning_ring = np.zeros(decision.RING + self.detection.window)

    def advance(self, times: Times, values: Floats) -> Verdicts:
        """See `Detector.advance`."""
        width = self.detection.slice_seconds
        grid, known = on_grid(times, values, width)
        slot = grid // width
        fresh = slot >= self.next_slice if self.next_slice >= 0 else np.ones(slot.size, bool)
        grid, known = grid[fresh], known[fresh]
        if grid.size == 0:
            return self._verdicts(grid, known)
        first, longest = int(grid[0]) // width, LONGEST_GAP_DAYS * DAY_S // width
        gap = first - self.next_slice if self.next_slice >= 0 else 0
        if 0 < gap <= longest:
            grid = np.concatenate([np.arange(self.next_slice, first, dtype=np.int64) * width, grid])
            known = np.concatenate([np.full(gap, np.nan), known])
        self.next_slice = int(grid[-1]) // width + 1
        return self._verdicts(grid, known)

    def expected_alerts(self, sensitivity: float) -> float:
        """Alerts a week at this sensitivity; NaN before calibration."""
        if self.log_rates.size == 0:
            return float("nan")
        return expected.at(sensitivity_limit(sensitivity), self.log_rates)

    def frame(self, grid: Times, known: Floats) -> Frame:
        """The slices as the members see them."""
        rhythm = Rhythm.of(self.detection.slice_seconds)
        calendar = self.detection.calendar or Calendar()
        day, week = calendar.slots(grid, rhythm)
        filled = np.where(np.isnan(known), 0.0, known) if self.zero else known
        with np.errstate(all="ignore"):
            values = self.transform.forward(np.asarray(filled))
        values = np.where(calendar.left_out(grid) | ~np.isfinite(values), np.nan, values)
        return Frame(values, day, week, rhythm)

    def statistics(self, frame: Frame) -> Floats:
        """Statistic, band's centre, width of a unit, and expected value of each slice; the members move on."""
        n = frame.values.size
        forecast, scale = np.full((len(self.members), n), np.nan), np.full((len(self.members), n), np.nan)
        for i, member in enumerate(self.members):
            forecast[i], scale[i] = detector(member.name).advance(member.settings, member.state, frame)
        out = np.full((4, n), np.nan)
        weight, noise = np.array([m.weight for m in self.members]), np.array([m.noise for m in self.members])
        hour = (frame.day * HOURS // frame.rhythm.per_day).astype(np.int32)
        evidence.combine(frame.values, forecast, scale, weight, noise, hour, self.hours, self.memory, self.recollection, out)
        return out

    def _verdicts(self, grid: Times, known: Floats) -> Verdicts:
        frame = self.frame(grid, known)
        n = grid.size
        statistic, centre, unit, forecast = self.statistics(frame)
        score = np.full(n, np.nan)
        tails = (self.above.statistic, self.above.score, self.below.statistic, self.below.score)
        evidence.judge(statistic, *tails, self.direction, score)
        observed = self.observed + np.cumsum(np.isfinite(frame.values))
        needed = LEARNING_DAYS * frame.rhythm.observed_day
        silent = (observed < needed) | np.isnan(known) | np.isnan(frame.values) | (self.state == "insufficient_data")
        bands = self._bands(self.limit, centre, unit, forecast)
        unusual = self._outside(known, *bands) & (score >= self.limit) & ~silent
        alerting, warned = np.zeros(n, bool), np.zeros(n, bool)
        decision.vote(unusual, self.ring, self.detection.window, self.detection.min_unusual, alerting)
        if self.detection.escape:
            alerting |= unusual & (score >= decision.ESCAPE_SCORE)
        if self.detection.warning_sensitivity is not None:
            wide = self._outside(known, *self._bands(self.warning, centre, unit, forecast)) & (score >= self.warning) & ~silent
            decision.vote(wide, self.warning_ring, self.detection.window, self.detection.min_unusual, warned)
        self.observed = int(observed[-1]) if n else self.observed
        codes = np.where(observed < needed, STATES[0], self.state).astype(np.str_)
        if n:
            self.state = self.state if self.state != STATES[0] or self.observed < needed else "insufficient_data"
        level = np.where(alerting, 2, np.where(warned, 1, 0)).astype(np.int8)
        lower, upper = bands
        middle = self._back(forecast)
        return Verdicts(grid, known, middle, lower, upper, score, unusual, alerting, level, codes)

    def _back(self, values: Floats) -> Floats:
        with np.errstate(all="ignore"):
            found = self.transform.back(values)
        return np.where(np.isfinite(found), found, np.nan)

    def _bands(self, level: float, centre: Floats, unit: Floats, forecast: Floats) -> tuple[Floats, Floats]:
        """Lower and upper limit on the original scale; NaN on a side that is not watched."""
        tails = (self.above.statistic, self.above.score, self.below.statistic, self.below.score)
        low, high = evidence.limits(level, *tails, self.direction)
        # The band never crosses what is expected, however much the last slices said.
        lower = self._back(np.minimum(centre + unit * low, forecast))
        upper = self._back(np.maximum(centre + unit * high, forecast))
        middle = self._back(forecast)
        least = np.maximum(self.detection.min_deviation, self.detection.min_deviation_share * np.abs(middle))
        lower, upper = np.minimum(lower, middle - least), np.maximum(upper, middle + least)
        nothing = np.full(lower.size, np.nan)
        return (nothing if self.direction > 0 else lower), (nothing if self.direction < 0 else upper)

    @staticmethod
    def _outside(known: Floats, lower: Floats, upper: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        with np.errstate(invalid="ignore"):
            return np.asarray((known < lower) | (known > upper))
