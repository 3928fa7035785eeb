"""The objectives made ready for served models count what they say, on spans, metric points and events of a real engine."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest

from pilotage.engine.run import Engine
from pilotage.model.problem import PilotageError
from pilotage.store.backend import Limits
from pilotage.store.open import open_store
from pilotage.watch.slos.counting import checked, counted
from pilotage.watch.slos.ready import Wish, quoted, ready

NOW = 1_767_614_400
DAY = 86_400


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("ready") / "store")
    events = sys.modules["pilotage_test_script"].events
    rows = [
        {
            "_time": datetime.fromtimestamp(NOW - DAY * day + 60, UTC).isoformat(),
            "event_name": "deploy",
            "ml.model.name": name,
            "_raw": "deployed",
        }
        for day, name in ((3, "wine"), (1, "wine"), (2, "other"))
    ]
    store.backend.insert("pilotage.logs", events("main", rows, NOW * 1_000_000_000))
    yield Engine(store)
    store.close()


def test_all_of_them_can_be_counted(engine):
    found = ready(Wish("checkout", "wine"))
    assert [each.signal for each in found.values()] == ["availability", "latency", "quality", "freshness"]
    for slo in found.values():
        checked(lambda: engine, slo, NOW)
        begin = NOW - 2 * slo.slice_seconds
        assert len(counted(lambda: engine, slo, begin, NOW, Limits())) == 2


def test_a_day_without_a_new_version_is_a_bad_one(engine):
    slo = ready(Wish(model="wine"))["wine freshness"]
    assert [good for _, good, _ in counted(lambda: engine, slo, NOW - 4 * DAY + DAY // 2, NOW + DAY // 2, Limits())] == [1.0, 0.0, 1.0, 0.0]


def test_names_are_quoted_and_wishes_checked(engine):
    assert quoted('a"b\\c') == r'"a\"b\\c"'
    evil = ready(Wish('x" OR index=* OR "', ""))
    checked(lambda: engine, next(iter(evil.values())), NOW)
    for wish in (Wish(), Wish("a", latency="soon"), Wish(model="a", retrain="100d")):
        with pytest.raises(PilotageError):
            ready(wish)
