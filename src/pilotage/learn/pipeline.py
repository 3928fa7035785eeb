"""A trained series in force: profile, members, calibration and vote, moved on slice by slice."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pilotage.learn import decision, evidence, expected, stillness
from pilotage.learn.automl import Member
from pilotage.learn.calendar import Calendar, Times
from pilotage.learn.calibration import normal_tail
from pilotage.learn.contract import DAY_S, Floats, Frame, Rhythm
from pilotage.learn.judgement import STATES, Detection, Verdicts
from pilotage.learn.registry import detector
from pilotage.learn.season import Profile
from pilotage.learn.series import Flags, Transform, on_grid

HOURS = 24
LEARNING_DAYS = 2
LONGEST_GAP_DAYS = 60
SIDES = {"both": 0, "up": 1, "down": -1}
WIDE = 1.6
Bands = tuple[Floats, Floats]
LEAST_SCALE = 1e-12
# The square root of a Poisson count of mean 1 and above has a standard deviation near 0.5; rarer counts less.
LEAST_COUNT_SCALE = 0.25


def wide_tails() -> Floats:
    """Both tails before there is anything to calibrate by."""
    return np.concatenate([normal_tail(WIDE), normal_tail(WIDE)])


@dataclass(slots=True)
class Pipeline:
    """Everything about one series that lasts. `tails[4, k]` as `evidence.judge` wants them."""

    detection: Detection
    transform: Transform = field(default_factory=Transform)
    profile: Profile = field(default_factory=Profile)
    zero: bool = False
    members: list[Member] = field(default_factory=list)
    tails: Floats = field(default_factory=wide_tails)
    hours: Floats = field(default_factory=lambda: np.ones(HOURS))
    still_tail: Floats = field(default_factory=lambda: np.zeros((2, 0)))
    still_state: Floats = field(default_factory=stillness.start)
    log_rates: Floats = field(default_factory=lambda: np.zeros(0))
    doubt: float = 0.0
    direction: int = 0
    state: str = "learning"
    reason: str = "short_history"
    loss: float = float("nan")
    trained_at: int = 0
    cpu_seconds: float = 0.0
    next_slice: int = -1
    observed: int = 0
    ring: Floats = field(default_factory=lambda: np.zeros(0))
    warning_ring: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        if self.ring.size == 0:
            self.ring = decision.start(self.detection.window)
            self.warning_ring = decision.start(self.detection.window)

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

    def take_votes(self, before: Pipeline) -> None:
        """Go on with the unusual slices of a predecessor of the same window."""
        if before.ring.size == self.ring.size:
            self.ring, self.warning_ring = before.ring.copy(), before.warning_ring.copy()

    def expected_alerts(self, sensitivity: float) -> float:
        """Alerts a week at this sensitivity; NaN before calibration."""
        if self.log_rates.size == 0:
            return float("nan")
        return expected.at(self.limit(sensitivity), self.log_rates)

    def limit(self, sensitivity: float) -> float:
        """The score at which a slice is unusual."""
        return expected.limit(expected.target(sensitivity), self.log_rates) + self.doubt

    def frame(self, grid: Times, known: Floats) -> Frame:
        """The slices as the members see them."""
        rhythm = Rhythm.of(self.detection.slice_seconds)
        calendar = self.detection.calendar or Calendar()
        slots = calendar.slots(grid, rhythm)
        filled = np.where(np.isnan(known), 0.0, known) if self.zero else known
        with np.errstate(all="ignore"):
            values = self.transform.forward(np.asarray(filled))
        values = np.where(calendar.left_out(grid) | ~np.isfinite(values), np.nan, values)
        number = grid // self.detection.slice_seconds
        return Frame(values, slots, number, self.profile.beside(slots, number), rhythm)

    def statistics(self, frame: Frame) -> Floats:
        """Statistic, expected value, and value per unit of the statistic of each slice, `[3, n]`; the members move on."""
        forecasts = np.empty((len(self.members), 2, len(frame)))
        for i, member in enumerate(self.members):
            forecasts[i] = detector(member.name).advance(member.settings, member.state, frame)
        return self.weighed(frame, forecasts)

    def weighed(self, frame: Frame, forecasts: Floats) -> Floats:
        """`statistics` of forecasts made before, `[m, 2, n]`."""
        out = np.full((3, len(frame)), np.nan)
        least = LEAST_COUNT_SCALE if self.transform.kind == "root" else LEAST_SCALE
        weights = np.array([[m.weight for m in self.members], [m.noise for m in self.members], [least for _ in self.members]])
        hours = self.hours[frame.slots[0] * HOURS // frame.rhythm.per_day]
        evidence.combine(frame.values, forecasts, weights, hours, out)
        return out

    def _verdicts(self, grid: Times, known: Floats) -> Verdicts:
        frame = self.frame(grid, known)
        n, detection = grid.size, self.detection
        statistics = self.statistics(frame)
        score = np.full(n, np.nan)
        evidence.judge(statistics[0], self.tails, self.direction, score)
        observed = self.observed + np.cumsum(np.isfinite(frame.values))
        young = observed < LEARNING_DAYS * frame.rhythm.observed_day
        silent = young | np.isnan(known) | np.isnan(frame.values) | (self.state == "insufficient_data")
        still = self._still(frame.values, statistics[2], silent)
        score = np.where(still > 0, np.fmax(score, still), score)
        bands, unusual, alerting = self._decide(known, statistics, score, (still > 0, silent))
        warned = np.zeros(n, bool)
        if detection.warning_sensitivity is not None:
            wide = self._outside(self.limit(detection.warning_sensitivity), known, statistics, score)[1] & ~silent
            settings = (detection.window, detection.min_unusual, 0)
            decision.vote(np.stack([wide, wide]), np.zeros(n, bool), self.warning_ring, settings, warned)
        if n:
            self.observed = int(observed[-1])
            self._grow(bool(young[-1]))
        codes = np.where(young, STATES[0], self.state if self.state != STATES[0] else STATES[1]).astype("U17")
        level = np.where(alerting, 2, np.where(warned, 1, 0)).astype(np.int8)
        return Verdicts(grid, known, self._back(statistics[1]), *bands, score, unusual, alerting, level, codes)

    def _still(self, values: Floats, unit: Floats, silent: Flags) -> Floats:
        """The score of a signal that rests as it never did, 0 for any other."""
        score = np.zeros(values.size)
        moved = stillness.measure(values, unit, self.still_state)
        if self.still_tail.size and self.direction == 0:
            evidence.rare(moved, self.still_tail, score)
        return np.where((score >= stillness.LIMIT) & ~silent, score, 0.0)

    def _stuck(self, still: Flags, known: Floats, bands: Bands, statistic: Floats) -> Flags:
        """Narrow the band so that a value at rest lies outside of it, on its own side of what is expected."""
        middle, (lower, upper) = self._back(statistic), bands
        between = (known + middle) / 2.0
        low = still & (known <= middle)
        lower[low] = np.maximum(between, np.nextafter(known, np.inf))[low]
        high = still & ~low
        upper[high] = between[high]
        return still

    def _grow(self, young: bool) -> None:
        if self.state == "learning" and not young:
            self.state, self.reason = "insufficient_data", "no_calibration"

    def _back(self, values: Floats) -> Floats:
        with np.errstate(all="ignore"):
            found = self.transform.back(values)
        return np.where(np.isfinite(found), found, np.nan)

    def _decide(self, known: Floats, statistics: Floats, score: Floats, masks: tuple[Flags, Flags]) -> tuple[Bands, Flags, Flags]:
        """Bands, unusual and alerting slices; `masks` are those at rest and those not judged."""
        still, silent = masks
        detection, n = self.detection, known.size
        limit = self.limit(detection.sensitivity)
        choices = []
        for level in (limit, limit + decision.AFTERWARDS_SCORE):
            bands, odd = self._outside(level, known, statistics, score)
            choices.append((bands, (odd | self._stuck(still, known, bands, statistics[1])) & ~silent))
        extreme = (score >= decision.ESCAPE_SCORE) & detection.escape
        afterwards = decision.AFTERWARDS_S // detection.slice_seconds
        alerting = np.zeros(n, bool)
        settings = (detection.window, detection.min_unusual, afterwards)
        wider = decision.vote(np.stack([odd for _, odd in choices]), extreme, self.ring, settings, alerting)
        (narrow, first), (wide, second) = choices
        lower, upper = (np.where(wider, b, a) for a, b in zip(narrow, wide, strict=True))
        return (lower, upper), np.where(wider, second, first), alerting

    def _outside(self, level: float, known: Floats, statistics: Floats, score: Floats) -> tuple[Bands, Flags]:
        """Lower and upper limit on the original scale (NaN on a side that is not watched), and which values lie beyond them."""
        low, high = evidence.limits(level, self.tails, self.direction)
        _, middle, unit = statistics
        lower, upper, centre = self._back(middle + unit * low), self._back(middle + unit * high), self._back(middle)
        least = np.maximum(self.detection.min_deviation, self.detection.min_deviation_share * np.abs(centre))
        lower, upper = np.minimum(lower, centre - least), np.maximum(upper, centre + least)
        nothing = np.full(lower.size, np.nan)
        lower, upper = (nothing if self.direction > 0 else lower), (nothing if self.direction < 0 else upper)
        with np.errstate(invalid="ignore"):
            return (lower, upper), np.asarray(((known < lower) | (known > upper)) & (score >= level))
