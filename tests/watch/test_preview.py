from __future__ import annotations

import threading

import numpy as np
import pytest

from pilotage.engine.slices import Values
from pilotage.model.problem import PilotageError
from pilotage.watch import preview as module
from pilotage.watch.monitors import read_monitor

NOW = 1_780_000_000.0
QUERY = "index=main | stats count"


class Engine:
    """Must not be asked: what is refused here is refused before anything is read."""


@pytest.mark.parametrize(
    ("slices", "days", "code"),
    [
        ("1d", 1, "bad-preview"),
        ("5m", 0.001, "bad-preview"),
        ("5m", 61, "bad-preview"),
        ("5m", float("nan"), "bad-preview"),
        ("1s", 60, "preview-size"),
    ],
)
def test_previews_of_too_few_or_too_many_slices_are_refused_before_anything_is_read(slices, days, code):
    definition = {"query": QUERY, "slice": slices}
    with pytest.raises(PilotageError) as raised:
        module.preview(Engine(), read_monitor(definition), days, NOW)
    assert raised.value.problem.code == code
    assert raised.value.problem.hint


def found(cut, series=2):
    number = np.arange(series, dtype=np.int32)
    times = np.full(series, cut.begin, np.int64)
    names = tuple(f'{{"host": "{each}"}}' for each in range(series))
    return Values(("host",), "count", names, number, times, np.ones(series), np.ones(series, np.int64))


def test_many_series_are_refused_with_the_numbers(monkeypatch):
    monkeypatch.setattr(module, "ALL_SLICES", 40_000)
    monkeypatch.setattr(module, "values_of", lambda engine, search, cut, stop: found(cut))
    monitor = read_monitor({"query": QUERY, "slice": "5m", "history": "60d"})
    with pytest.raises(PilotageError) as raised:
        module.preview(Engine(), monitor, 30, NOW)
    assert raised.value.problem.code == "preview-size"
    assert "2 series of 25920 slices are 51840, at most 40000" in raised.value.problem.sentence


def test_a_stopped_preview_ends_before_its_next_training(monkeypatch):
    stop = threading.Event()
    trained = []

    def train(times, values, detection, since, *, check):
        trained.append(since)
        stop.set()
        check()

    monkeypatch.setattr(module, "values_of", lambda engine, search, cut, stop: found(cut))
    monkeypatch.setattr(module, "replayed", train)
    with pytest.raises(PilotageError) as raised:
        module.preview(Engine(), read_monitor({"query": QUERY, "slice": "5m"}), 2, NOW, stop=stop)
    assert raised.value.problem.code == "query-cancelled"
    assert len(trained) == 1
