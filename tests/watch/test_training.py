from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from pilotage.schedule.workers import Workers
from pilotage.watch.judging import restored
from pilotage.watch.monitors import read_monitor
from pilotage.watch.training import Training, learned_bytes

TIMES = 300 * np.arange(5_000_000, 5_000_000 + 2016)
VALUES = 100 + 10 * np.sin(TIMES / 86_400 * 2 * np.pi) + np.random.default_rng(1).normal(0, 1, TIMES.size)


def test_learning_loads_no_engine():
    code = "import sys, pilotage.watch.training; assert not {'chdb', 'sqlalchemy', 'sqlglot'} & set(sys.modules), sorted(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("place", ["threads", "processes"])
def test_it_is_the_same_wherever_it_is_learned(place):
    job = Training(read_monitor({"query": "x"}), "{}", TIMES, VALUES, None, 0)
    here = restored(learned_bytes(job))
    with Workers(place, 1) as workers:
        (there,) = (restored(data) for data in workers.map(learned_bytes, [job]))
    ahead = TIMES[-1] + 300 * np.arange(1, 20)
    values = np.full(19, 500.0)
    assert there.advance(ahead, values).score.tolist() == here.advance(ahead, values).score.tolist()
    again = Training(job.monitor, "{}", TIMES, VALUES, learned_bytes(job), 0)
    assert restored(learned_bytes(again)).state == here.state
