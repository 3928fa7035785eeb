from __future__ import annotations

import os
import signal
import threading

import pytest

from pilotage.demo.callers import weigh
from pilotage.demo.run import Options, run, signals


def wanted(recorder) -> bool:
    """Whether every kind of thing a live system sends has arrived."""
    events = {log.event_name for _, log, _ in recorder.logs()}
    services = {service for service, _, _ in recorder.spans()}
    names = {metric.name for _, metric in recorder.metrics()}
    return (
        {"ml.prediction", "ml.label", "deploy", "gen_ai.answer", "traffic.summary", "demo.incident"} <= events
        and {"traffic", "wine-classifier", "assistant", "trainer", "diabetes-regression"} <= services
        and {"ml.inference.count", "gen_ai.client.token.usage", "ml.evaluation.score", "ml.training.duration"} <= names
    )


def test_a_run_at_high_speed_sends_all_three_signals_of_all_services(recorder, capsys):
    stop = threading.Event()
    codes: list[int] = []
    options = Options(url=recorder.url, token="t", speed=600, seed=3, backfill_s=3600, incidents=("cost",))
    thread = threading.Thread(target=lambda: codes.append(run(options, stop)))
    thread.start()
    try:
        recorder.wait(lambda: wanted(recorder), timeout=60)
    finally:
        stop.set()
        thread.join(timeout=30)
    assert codes == [0]
    assert "sent 12 five-minute slices" in capsys.readouterr().err
    spans = {span.span_id: span for _, span, _ in recorder.spans()}
    logs = [log for _, log, _ in recorder.logs() if log.event_name == "ml.prediction"]
    assert any(log.span_id in spans and spans[log.span_id].trace_id == log.trace_id for log in logs)
    incident = [values for _, log, values in recorder.logs() if log.event_name == "demo.incident"]
    assert ("cost", "start") in {(values["demo.incident.name"], values["demo.incident.phase"]) for values in incident}
    usual = [values for _, log, values in recorder.logs() if log.event_name != "demo.incident"]
    assert not any(key.startswith("demo.incident") for values in usual for key in values)


def test_an_outage_stops_the_traffic(recorder):
    stop = threading.Event()
    options = Options(url=recorder.url, speed=60, backfill_s=0, incidents=("outage",), duration_s=4)
    assert run(options, stop) == 0
    assert {service for service, _, _ in recorder.spans()} == {"trainer"}
    assert any(log.event_name == "demo.incident" for _, log, _ in recorder.logs())


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (Options(speed=0), "speed"),
        (Options(speed=1e9), "speed"),
        (Options(incidents=("fire",)), "fire"),
        (Options(url="nowhere"), "nowhere"),
        (Options(backfill_s=-1), "negative"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, word, capsys):
    assert run(options) == 2
    assert word in capsys.readouterr().err


def test_a_signal_while_waiting_for_the_server_stops_it(capsys):
    before = signal.getsignal(signal.SIGTERM)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    assert run(Options(url="http://127.0.0.1:9")) == 3
    timer.join()
    assert "waiting for a server" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_while_live_finishes_and_sends_what_is_queued(recorder, capsys):
    def interrupt() -> None:
        recorder.wait(recorder.spans)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert run(Options(url=recorder.url, backfill_s=0, speed=60)) == 0
    thread.join()
    assert capsys.readouterr().err.endswith("demo: stopped\n")
    assert any(metric.name == "ml.training.duration" for _, metric in recorder.metrics())


def test_a_signal_while_loading_leaves_at_once():
    stop, loading = threading.Event(), threading.Event()
    with signals(stop, loading):
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(5)
        loading.set()
        with pytest.raises(SystemExit) as left:
            os.kill(os.getpid(), signal.SIGTERM)
    assert left.value.code == 0


@pytest.mark.parametrize(("rate", "speed", "limit"), [(1.0, 1, 8), (1.5, 60, 8), (0.02, 3600, 2), (2.0, 4, 8)])
def test_real_requests_stay_below_the_limit_and_weights_keep_the_modelled_rate(rate, speed, limit):
    real, weight = weigh(rate, speed, limit)
    assert real <= limit
    assert weight >= 1
    assert real * weight == pytest.approx(rate * speed)
    assert (weight == 1) == (rate * speed <= limit)
