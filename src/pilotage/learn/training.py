"""From a history to a pipeline in force: state and transform from the data, members by backtest, tails from what they missed."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from pilotage.learn import automl, evidence, expected
from pilotage.learn.automl import Member
from pilotage.learn.calendar import Times
from pilotage.learn.calibration import ENOUGH, fit_tail, normal_tail
from pilotage.learn.contract import Floats, Frame
from pilotage.learn.detection import Detection
from pilotage.learn.pipeline import HOURS, LEARNING_DAYS, SIDES, Pipeline, sensitivity_limit
from pilotage.learn.registry import detector
from pilotage.learn.series import Transform, absent_is_zero, choose_transform, on_grid

MEMORY = np.array([0.0, 0.6])
WIDE = 2.0


def train(times: Times, values: Floats, detection: Detection, incumbent: Pipeline | None, markers: Sequence[int]) -> Pipeline:
    """See `Detector.train`."""
    del markers
    begin = time.thread_time()
    grid, known = on_grid(times, values, detection.slice_seconds)
    seen = np.flatnonzero(np.isfinite(known))
    zero = detection.missing == "zero" or (detection.missing == "auto" and absent_is_zero(known))
    end = int(grid[-1]) // detection.slice_seconds + 1 if grid.size else -1
    grid, known = (grid[seen[0] :], known[seen[0] :]) if seen.size else (grid[:0], known[:0])
    transform = choose_transform(np.nan_to_num(known) if zero else known)
    pipeline = _blank(detection, transform, zero, end)
    frame = pipeline.frame(grid, known)
    _fit(pipeline, frame, known)
    pipeline.trained_at = end * detection.slice_seconds if end >= 0 else 0
    pipeline.cpu_seconds = time.thread_time() - begin
    del incumbent
    return pipeline


def _blank(detection: Detection, transform: Transform, zero: bool, end: int) -> Pipeline:
    tail = normal_tail(WIDE)
    limit = sensitivity_limit(detection.sensitivity)
    warning = sensitivity_limit(detection.warning_sensitivity) if detection.warning_sensitivity is not None else limit
    return Pipeline(
        detection=detection,
        transform=transform,
        zero=zero,
        members=[],
        above=tail,
        below=tail,
        hours=np.ones(HOURS),
        memory=MEMORY.copy(),
        limit=limit,
        warning=warning,
        direction=SIDES[detection.direction],
        state="learning",
        reason="short_history",
        loss=float("nan"),
        trained_at=0,
        cpu_seconds=0.0,
        next_slice=end,
        observed=0,
    )


def _fit(pipeline: Pipeline, frame: Frame, known: Floats) -> None:
    rhythm = frame.rhythm
    observed = int(np.isfinite(frame.values).sum())
    pipeline.observed = observed
    default = detector("holt_winters")
    settings = default.candidates(rhythm)[6]
    if observed < LEARNING_DAYS * rhythm.observed_day:
        pipeline.members = [Member(default.name, settings, default.start(settings, rhythm), 1.0, 0.0)]
        pipeline.statistics(frame)
        return
    since = max(min(frame.values.size // 2, frame.values.size - ENOUGH), min(LEARNING_DAYS * rhythm.observed_day, frame.values.size // 2))
    trials = automl.search(frame, since, pipeline.detection.budget_s)
    if not trials:
        pipeline.state, pipeline.reason = "insufficient_data", "no_candidate"
        return
    pipeline.members = [trial.member for trial in trials]
    pipeline.loss = min(trial.loss for trial in trials)
    statistic = _replayed(pipeline, frame, trials)[since:]
    sample = statistic[np.isfinite(statistic)]
    if sample.size < ENOUGH:
        pipeline.state, pipeline.reason = "insufficient_data", "no_calibration"
        return
    pipeline.above, pipeline.below = fit_tail(sample), fit_tail(-sample)
    score = np.full(statistic.size, np.nan)
    tails = (pipeline.above.statistic, pipeline.above.score, pipeline.below.statistic, pipeline.below.score)
    evidence.judge(statistic, *tails, pipeline.direction, score)
    voted = expected.voted(score, pipeline.detection.window, pipeline.detection.min_unusual)
    pipeline.log_rates = expected.rates(voted, pipeline.detection.slice_seconds)
    pipeline.state, pipeline.reason = "ok", ""
    if float(np.median(known[np.isfinite(known)])) == 0.0 or (pipeline.zero and np.isnan(known).mean() > 0.5):
        pipeline.state, pipeline.reason = "sparse", "median_zero"


def _replayed(pipeline: Pipeline, frame: Frame, trials: Sequence[automl.Trial]) -> Floats:
    """The statistic of each slice as the members forecast it when it was the newest."""
    out = np.full((4, frame.values.size), np.nan)
    weight, noise = np.array([t.member.weight for t in trials]), np.array([t.member.noise for t in trials])
    hour = (frame.day * HOURS // frame.rhythm.per_day).astype(np.int32)
    forecast, scale = np.stack([t.expected for t in trials]), np.stack([t.scale for t in trials])
    evidence.combine(frame.values, forecast, scale, weight, noise, hour, pipeline.hours, pipeline.memory, pipeline.recollection, out)
    return np.asarray(out[0])
