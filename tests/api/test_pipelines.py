from __future__ import annotations

import logging
import threading
import time
from types import SimpleNamespace

import pytest

from pilotage.api.pipelines import Pipelines
from pilotage.ingest.load import Loader
from pilotage.ingest.senders import Sender
from pilotage.ingest.statistics import Statistics


@pytest.fixture
def parts():
    statistics, spool, loader = Statistics(), SimpleNamespace(waiting=[]), SimpleNamespace(failing={}, dead=frozenset())
    spool.segments = lambda: spool.waiting
    return statistics, spool, loader, Pipelines(statistics, spool, loader)


def segment(stream, size, age):
    return SimpleNamespace(stream=stream, size=size, wall=time.time() - age)


def test_counts_and_backlog_by_stream(parts):
    statistics, spool, _, pipelines = parts
    statistics.acknowledged("logs", 10, 100)
    statistics.loaded("logs", 6, 0.3)
    statistics.refused(Sender("otlp", "", "192.0.2.1"), "token-invalid", "the token is not known")
    spool.waiting = [segment("logs", 7, 2), segment("logs", 5, 1), segment("traces", 3, 1)]
    logs, traces = pipelines.report()
    assert (logs.stream, logs.acknowledged, logs.loaded, logs.backlog_bytes, logs.stalled) == ("logs", 10, 6, 12, False)
    assert 2 <= logs.lag_seconds < 60
    assert (traces.stream, traces.acknowledged, traces.backlog_bytes) == ("traces", 0, 3)
    assert [(each.protocol, each.code, each.requests) for each in pipelines.refusals()] == [("otlp", "token-invalid", 1)]


def test_a_stall_is_told_once_and_its_end_too(parts, caplog):
    _, spool, loader, pipelines = parts
    spool.waiting = [segment("logs", 7, 3600)]
    loader.failing = {"logs": "the disk is full"}
    with caplog.at_level(logging.INFO):
        pipelines.check()
        pipelines.check()
        spool.waiting = []
        pipelines.check()
        pipelines.check()
    stalled, recovered = caplog.records
    assert (stalled.message, stalled.stream, stalled.reason, stalled.levelname) == ("pipeline stalled", "logs", "the disk is full", "ERROR")
    assert recovered.message == "pipeline recovered"


def test_a_long_backlog_that_moves_is_no_stall(parts):
    statistics, spool, _, pipelines = parts
    spool.waiting = [segment("logs", 7, 3600)]
    statistics.loaded("logs", 1, 3600)
    assert not pipelines.report()[0].stalled


def test_what_does_not_load_is_said(parts):
    statistics, spool, loader, pipelines = parts
    statistics.acknowledged("logs", 1, 10)
    assert pipelines.trouble() is None
    spool.waiting = [segment("logs", 7, 3600), segment("traces", 7, 1)]
    loader.failing = {"logs": "the disk is full"}
    assert pipelines.trouble() == "the loading of acknowledged data has stalled, `logs`: the disk is full"


def test_a_dead_thread_is_a_stall_at_once(parts):
    _, spool, loader, pipelines = parts
    spool.waiting = [segment("logs", 7, 0)]
    loader.dead = frozenset({"logs"})
    (logs,) = pipelines.report()
    assert (logs.stalled, logs.failing) == (True, "its loading thread has died, restart the server")
    assert pipelines.trouble() == f"the loading of acknowledged data has stalled, `logs`: {logs.failing}"
    loader.dead = frozenset({""})
    assert pipelines.trouble() == "nothing new loads: its loading thread has died, restart the server"


def test_the_loader_knows_which_thread_has_died(monkeypatch, tmp_path):
    died = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: died.set())

    def take(stream):
        raise RuntimeError(stream)

    loader = Loader(SimpleNamespace(spool=SimpleNamespace(folder=tmp_path, streams=lambda: ["logs"], take=take), streams={}, rules=None))
    loader.start()
    assert died.wait(10)
    while not loader.dead:
        threading.Event().wait(0.01)
    assert loader.dead == {"logs"}
    loader.stop()
    assert loader.dead == frozenset()
