from __future__ import annotations

import os

import pytest

from pilotage.model.problem import PilotageError
from pilotage.schedule.workers import Workers


@pytest.mark.parametrize("place", ["threads", "processes"])
def test_results_come_in_the_order_of_the_items(place):
    with Workers(place, 2) as workers:
        assert list(workers.map(abs, [-3, 2, -1])) == [3, 2, 1]


def test_processes_are_others():
    with Workers("processes", 1) as workers:
        assert list(workers.map(os.path.basename, ["a/b"])) == ["b"]


def test_an_error_of_an_item_is_raised_in_its_turn():
    with Workers("threads", 1) as workers:
        found = workers.map(len, ["a", 1])  # type: ignore[list-item]
        assert next(found) == 1
        with pytest.raises(TypeError):
            next(found)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_ray_does_the_same_or_is_named():
    try:
        import ray  # noqa: F401
    except ImportError:
        with Workers("ray") as workers, pytest.raises(PilotageError, match="workers-missing"):
            workers.map(abs, [1])
        return
    with Workers("ray", 1) as workers:
        assert list(workers.map(abs, [-3, 2])) == [3, 2]
