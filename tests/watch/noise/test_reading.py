"""The two series of a proxy from a real engine, and the report from a real state."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from pilotage.engine.run import Engine, Search
from pilotage.model.problem import PilotageError
from pilotage.state.open import open_state
from pilotage.state.records import Alert, Change, MonitorRow
from pilotage.store.open import open_store
from pilotage.watch.noise.reading import noise_of, proxy_of
from pilotage.watch.noise.report import Span

NOW = 1_767_614_400
HOUR = 3600
SPAN = Span(NOW - 60 * HOUR, NOW)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("noise") / "store")
    events = sys.modules["pilotage_test_script"].events
    rng = np.random.default_rng(3)
    rows = []
    for hour, error in enumerate(rng.uniform(0, 1, 60).tolist()):
        if hour != 7:
            time = datetime.fromtimestamp(NOW - HOUR * (60 - hour) + 60, UTC).isoformat()
            rows.append({"_time": time, "error": error, "revenue": 100 - 80 * error**3, "_raw": str(hour)})
    store.backend.insert("pilotage.logs", events("shop", rows, NOW * 1_000_000_000))
    yield Engine(store)
    store.close()


def ask(engine, first, second, span=SPAN):
    return proxy_of(lambda: engine, (Search(first), Search(second)), HOUR, span)


def test_a_proxy_that_moves_against_the_business(engine):
    found = ask(engine, "index=shop | stats avg(error)", "index=shop | stats sum(revenue)")
    assert found.pairs == 59
    assert found.rho.value == pytest.approx(-1.0)
    assert found.p < 1e-6


def test_groups_and_empty_ranges_are_refused(engine):
    with pytest.raises(PilotageError, match="noise-groups"):
        ask(engine, "index=shop | stats avg(error) by _raw", "index=shop | stats sum(revenue)")
    with pytest.raises(PilotageError, match="noise-range"):
        ask(engine, "index=shop", "index=shop", Span(NOW, NOW + 60))


def test_the_report_reads_monitors_objectives_and_calendars(tmp_path):
    state = open_state(tmp_path)
    assert noise_of(state, SPAN).monitors == ()
    definition = json.dumps({"query": "x", "labels": {"team": "core"}})
    state.monitors.create([MonitorRow("m1", "latency", "anomaly", definition, True, 1, (NOW - 30 * HOUR) * 1000, 0)])
    state.documents("slos").put("checkout", "{}")
    state.documents("calendars").put("core", json.dumps({"hours": {"zone": "Europe/Berlin"}, "match": {"labels": {"team": ["core"]}}}))
    alerts = [Alert(f"a{n}", "m1", "{}", "critical", "resolved", float(NOW - n * HOUR), n, n) for n in range(1, 6)]
    alerts.append(Alert("s1", "slo:checkout", "{}", "warning", "open", float(NOW - HOUR), 1, 1))
    state.alerts.commit([Change(each, "opened") for each in alerts], [], NOW)
    found = {each.monitor: each for each in noise_of(state, SPAN).monitors}
    assert (found["latency"].alerts, found["latency"].calendar, found["latency"].days) == (5, "core", 30 / 24)
    assert (found["checkout"].alerts, found["checkout"].days) == (1, 60 / 24)
    state.close()
