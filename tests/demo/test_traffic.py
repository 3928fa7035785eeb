from __future__ import annotations

import numpy as np
import pytest

from pilotage.demo.traffic import ASSISTANT, CLASSIFIER, DAY_NS, HOUR_NS, SHAPES, SLICE_NS, rate, rate_at

MONDAY = 20_052 * DAY_NS  # 2024-11-25
WEEKS = MONDAY + np.arange(4 * 7 * 288, dtype=np.int64) * SLICE_NS


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.service)
def test_the_peak_hour_is_the_busiest_and_weekends_are_quiet(shape):
    rates = rate(shape, 1, WEEKS).reshape(4, 7, 24, 12)
    by_hour = rates[:, :5].mean(axis=(0, 1, 3))
    assert abs(int(by_hour.argmax()) - shape.peak_hour) <= 1.5
    assert by_hour.max() > 2 * by_hour.min()
    by_day = rates.mean(axis=(0, 2, 3))
    assert by_day[5:].mean() / by_day[:5].mean() == pytest.approx(shape.weekend, rel=0.1)
    assert np.all(rates > 0)


def test_one_moment_is_the_same_alone_and_in_an_array():
    moment = MONDAY + 11 * HOUR_NS + 17
    many = np.array([MONDAY, moment, MONDAY + DAY_NS], dtype=np.int64)
    assert rate_at(CLASSIFIER, 3, moment) == rate(CLASSIFIER, 3, many)[1]


def test_noise_depends_on_seed_and_service():
    first, second = rate(CLASSIFIER, 1, WEEKS), rate(CLASSIFIER, 2, WEEKS)
    assert not np.allclose(first, second)
    relative = np.log(first / second)
    assert 0.03 < relative.std() < 0.2
    other = np.log(rate(ASSISTANT, 1, WEEKS) / rate(ASSISTANT, 2, WEEKS))
    assert abs(np.corrcoef(relative, other)[0, 1]) < 0.3


def test_the_rate_has_no_jumps_beyond_its_slice_noise():
    steps = np.abs(np.diff(np.log(rate(CLASSIFIER, 5, WEEKS))))
    assert steps.max() < 0.25
