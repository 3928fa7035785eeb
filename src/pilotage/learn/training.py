"""From a history to a pipeline in force: state and transform from the data, members by backtest, tails from what they missed."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from pilotage.learn import automl, evidence, expected, stillness
from pilotage.learn.automl import Member
from pilotage.learn.calendar import Times
from pilotage.learn.calibration import ENOUGH, fit_tail
from pilotage.learn.contract import Floats, Frame
from pilotage.learn.judgement import Detection
from pilotage.learn.pipeline import LEARNING_DAYS, SIDES, Pipeline
from pilotage.learn.registry import detector
from pilotage.learn.season import fit
from pilotage.learn.series import absent_is_zero, choose_transform, on_grid

FALLBACK = "holt_winters"
FALLBACK_SETTINGS = 2
CONSTANT_SHARE = 0.5
GAPPY = 0.4
STILL_DAYS = 7
ADOPT_S = 6 * 3600


def train(times: Times, values: Floats, detection: Detection, incumbent: Pipeline | None, markers: Sequence[int]) -> Pipeline:
    """See `Detector.train`."""
    begin = time.thread_time()
    grid, known = on_grid(times, values, detection.slice_seconds)
    end = int(grid[-1]) // detection.slice_seconds + 1 if grid.size else -1
    pipeline = Pipeline(detection, direction=SIDES[detection.direction], next_slice=end)
    pipeline.trained_at = max(end, 0) * detection.slice_seconds
    pipeline.zero = detection.missing == "zero" or (detection.missing == "auto" and absent_is_zero(known))
    grid, known = _meaningful(grid, known)
    pipeline.transform = choose_transform(np.nan_to_num(known) if pipeline.zero else known)
    frame = pipeline.frame(grid, known)
    pipeline.observed = int(np.isfinite(frame.values).sum())
    if pipeline.observed < LEARNING_DAYS * frame.rhythm.observed_day:
        _fallback(pipeline, frame)
    else:
        _fit(pipeline, frame, known, incumbent)
    if any(marker >= pipeline.trained_at - ADOPT_S for marker in markers):
        for member in pipeline.members:
            detector(member.name).adopt(member.state, frame.rhythm)
    pipeline.cpu_seconds = time.thread_time() - begin
    return pipeline


def _meaningful(grid: Times, known: Floats) -> tuple[Times, Floats]:
    """Without what came before the first value, and without a constant first half where something else came after it."""
    seen = np.flatnonzero(np.isfinite(known))
    if seen.size == 0:
        return grid[:0], known[:0]
    first = int(seen[0])
    other = seen[known[seen] != known[first]]
    if other.size and other[0] - first > CONSTANT_SHARE * (known.size - first):
        first = int(other[0])
    return grid[first:], known[first:]


def _fallback(pipeline: Pipeline, frame: Frame) -> None:
    """One model with ordinary settings, and tails wider than a normal one's."""
    default = detector(FALLBACK)
    settings = default.candidates(frame.rhythm)[FALLBACK_SETTINGS]
    member = Member(default.name, settings, default.start(settings, frame.rhythm), 1.0, 0.0)
    default.advance(settings, member.state, frame)
    pipeline.members = [member]


def _fit(pipeline: Pipeline, frame: Frame, known: Floats, incumbent: Pipeline | None) -> None:
    pipeline.state, pipeline.reason = "insufficient_data", "no_candidate"
    n, warm = len(frame), LEARNING_DAYS * frame.rhythm.observed_day
    since = min(max(n // 2, min(warm, n - ENOUGH)), n)
    before = (incumbent.members[0].name, incumbent.profile.kind, incumbent.members[0].settings) if incumbent else None
    choice = automl.search(frame, since, pipeline.detection.budget_s, before)
    if choice is None:
        _fallback(pipeline, frame)
        return
    trial = choice.trial
    pipeline.members, pipeline.loss = [trial.member], trial.loss
    if trial.member.noise <= 0.0:
        _fallback(pipeline, frame)
        pipeline.state, pipeline.reason = "degraded", "constant"
        return
    statistics = pipeline.weighed(choice.frame, trial.forecast[None])
    if not _calibrate(pipeline, statistics[0, since:], known, frame):
        return
    rest = stillness.measure(frame.values, statistics[2], pipeline.still_state)[since:]
    rest = rest[np.isfinite(rest)]
    if rest.size >= STILL_DAYS * frame.rhythm.observed_day:
        pipeline.still_tail = fit_tail(rest)
    # The model in force has seen the whole history, its profile too; the tails are those of one that had not.
    pipeline.profile = fit(frame, choice.profile.kind, choice.profile.period)
    whole = frame.with_season(pipeline.profile.beside(frame.slots, frame.number))
    model = detector(trial.member.name)
    trial.member.state = model.start(trial.member.settings, frame.rhythm)
    model.advance(trial.member.settings, trial.member.state, whole)
    pipeline.state, pipeline.reason = _state(pipeline, known, frame, choice)


def _calibrate(pipeline: Pipeline, statistic: Floats, known: Floats, frame: Frame) -> bool:
    """Tails and alert rates from the statistics out of sample; False where there are too few."""
    sample = statistic[np.isfinite(statistic)]
    if sample.size < ENOUGH:
        pipeline.reason = "no_calibration"
        return False
    silent = pipeline.zero and pipeline.detection.missing == "auto"
    if pipeline.direction == 0 and (silent or _sparse(pipeline, known, frame)):
        pipeline.direction = 1  # where silence is ordinary, only more than expected is news
    pipeline.tails = np.concatenate([fit_tail(sample), fit_tail(-sample)])
    score = np.full(statistic.size, np.nan)
    evidence.judge(statistic, pipeline.tails, pipeline.direction, score)
    detection = pipeline.detection
    voted = expected.voted(score, detection.window, detection.min_unusual)
    pipeline.log_rates = expected.rates(voted, detection.slice_seconds)
    pipeline.doubt = expected.doubt(voted.size, detection.slice_seconds)
    return True


def _sparse(pipeline: Pipeline, known: Floats, frame: Frame) -> bool:
    """Mostly zero counts: the median slice is 0."""
    values = np.nan_to_num(known) if pipeline.zero else known[np.isfinite(known)]
    return pipeline.transform.kind == "root" and len(frame) > 0 and float(np.median(values)) == 0.0


def _state(pipeline: Pipeline, known: Floats, frame: Frame, choice: automl.Choice) -> tuple[str, str]:
    if _sparse(pipeline, known, frame):
        return "sparse", "median_zero"
    if not choice.complete:
        return "degraded", "timeout"
    if not pipeline.zero and float(np.mean(np.isnan(frame.values))) > GAPPY:
        return "degraded", "missing_values"
    return "ok", "kept" if choice.kept else ""
