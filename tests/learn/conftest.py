"""Series to learn from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

Arrays = tuple[NDArray[np.int64], NDArray[np.float64]]
DAY = 288
START = 1_767_571_200  # Monday, 2026-01-05


def daily(days: int, seed: int = 1, noise: float = 5.0) -> Arrays:
    """Five-minute slices around 100 with a daily wave of 30."""
    n = days * DAY
    rng = np.random.default_rng(seed)
    return START + np.arange(n, dtype=np.int64) * 300, 100 + 30 * np.sin(2 * np.pi * np.arange(n) / DAY) + rng.normal(0, noise, n)


@pytest.fixture
def wave() -> Callable[..., Arrays]:
    """Makes a daily series."""
    return daily
