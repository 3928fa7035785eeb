"""Monitors over a real store: history, judging, catching up, restarts, groups, silence; and that no raw text gets into detection."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from pilotage.engine.run import Engine
from pilotage.state.open import open_state
from pilotage.state.records import MonitorRow
from pilotage.store.open import open_store
from pilotage.watch.evaluation import Evaluation, Feed, latest_of
from pilotage.watch.monitors import read_monitor
from pilotage.watch.watched import watched_of

SECOND = 1_000_000_000
NOW = 1_767_607_200  # 2026-01-05T10:00:00Z
CANARY = "canary-5e1f"
SLICE = 300


def value(k):
    """Ten quiet days; the last three hours: a rise to five times the usual for 45 minutes."""
    usual = 100 + 30 * np.sin(k * SLICE / 86400 * 2 * np.pi)
    noise = np.random.default_rng(k).normal(0, 3)
    return round(float(usual + noise) * (5 if 10 <= k <= 18 else 1), 3)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("evaluation") / "store")
    events = sys.modules["pilotage_test_script"].events
    rows = []
    for k in range(1, 10 * 288):
        when = datetime.fromtimestamp(NOW - SLICE * k + 7, UTC).isoformat()
        rows.append({"_time": when, "n": value(k), "host": "a", "_raw": f"{CANARY} {k}"})
        if k > 6:
            rows.append({"_time": when, "n": 1.0, "host": "b", "_raw": f"{CANARY} b {k}"})
    store.backend.insert("pilotage.logs", events("main", rows, NOW * SECOND))
    yield Engine(store)
    store.close()


@pytest.fixture
def state(tmp_path):
    opened = open_state(tmp_path)
    yield opened
    opened.close()


def monitor(state, **fields):
    found = read_monitor(fields)
    row = MonitorRow("m1", found.name, found.kind, msgspec.json.encode(found.document()).decode(), True, 1, 0, 0)
    state.monitors.create([row])
    return row


def feed_of(row):
    watched = watched_of(row)
    return Feed(watched.question, {row.id: watched})


def run(engine, state, row, ends, feed=None):
    """Evaluate at each end in turn; the told events."""
    evaluation = Evaluation(lambda: engine, state)
    feed = feed or feed_of(row)
    told = []
    for end in ends:
        evaluation.prepare(feed, end)
        latest = latest_of(state.alerts.recent(0))
        told += [(c.event, c.alert.group_key) for c in evaluation.evaluate(feed, end, float(end), latest).news if c.event]
    return told, feed, evaluation


def ends(first, last):
    return [NOW - SLICE * k for k in range(first, last - 1, -1)]


QUERY = "index=main host=a | stats sum(n) as n"


def test_an_incident_pages_once_and_ends(engine, state):
    row = monitor(state, query=QUERY)
    told, feed, _ = run(engine, state, row, ends(30, 5))
    assert [event for event, _ in told] == ["opened"]
    (alert,) = state.alerts.live()
    assert alert.level == "critical"
    assert alert.value > alert.upper > alert.expected
    readings = msgspec.json.decode(alert.readings)
    assert any(row[0] < alert.first_slice for row in readings)
    assert [row[0] for row in readings] == sorted(row[0] for row in readings)
    assert state.monitors.progress()["m1"].through == NOW - 5 * SLICE
    assert feed.members["m1"].state()[0] == "ok"


def test_no_raw_text_reaches_what_detection_keeps(engine, state, tmp_path):
    row = monitor(state, query=QUERY)
    run(engine, state, row, ends(20, 15))
    assert state.monitors.states("m1")
    state.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"sum(n)" in kept
    assert CANARY.encode() not in kept


def test_a_restart_in_the_middle_tells_the_same(engine, state):
    row = monitor(state, query=QUERY)
    first, feed, evaluation = run(engine, state, row, ends(30, 16))
    evaluation.keep([feed], 60.0)
    second, _, _ = run(engine, state, row, ends(15, 5))
    assert [event for event, _ in [*first, *second]] == ["opened"]
    assert len(state.alerts.listed()) == 1


def test_a_crash_before_the_states_are_kept_changes_nothing(engine, state):
    row = monitor(state, query=QUERY)
    told, _, _ = run(engine, state, row, ends(30, 14))
    again, _, _ = run(engine, state, row, ends(14, 5))
    assert [event for event, _ in [*told, *again]] == ["opened"]


def test_catching_up_does_not_page_for_what_is_over(engine, state):
    row = monitor(state, query=QUERY, kind="static", critical="> 400", recovery="10m")
    run(engine, state, row, ends(30, 29))
    told, _, _ = run(engine, state, row, [NOW])
    assert told == []
    (alert,) = state.alerts.listed()
    assert alert.state == "resolved"


def test_a_static_monitor_alerts_by_its_levels_without_history(engine, state):
    row = monitor(state, query=QUERY, kind="static", critical="> 400", warning="> 200")
    told, _, _ = run(engine, state, row, ends(20, 8))
    assert [event for event, _ in told] == ["opened"]
    assert state.alerts.live()[0].level == "critical"


def test_a_group_that_falls_silent_is_told_by_name(engine, state):
    row = monitor(state, query="index=main | stats count by host", kind="missing", missing_for="15m")
    told, _, _ = run(engine, state, row, ends(15, 1))
    assert told == [("opened", '{"host": "b"}')]
    assert state.alerts.live()[0].level == "missing"


def test_silence_of_everything_is_told_too(engine, state):
    row = monitor(state, query="index=nothing", kind="missing")
    told, _, _ = run(engine, state, row, ends(5, 1))
    assert told == [("opened", "{}")]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "outlier", "baseline": 12, "sigma": 6},
        {"kind": "sudden-change", "baseline": 3, "critical": "> 100"},
        {"kind": "resource", "limit": 1000, "baseline": 5, "critical": "< 1"},
    ],
)
def test_rules_over_the_slices_before(engine, state, fields):
    row = monitor(state, query=QUERY, **fields)
    told, _, _ = run(engine, state, row, ends(40, 12))
    assert [event for event, _ in told] == ["opened"], fields
    assert NOW - SLICE * 18 <= state.alerts.listed()[0].first_slice <= NOW - SLICE * 15


def test_a_shadow_monitor_is_judged_and_tells_nobody(engine, state):
    from sqlalchemy import text

    row = monitor(state, query=QUERY, shadow=True)
    run(engine, state, row, ends(24, 12))
    assert state.alerts.listed()[0].shadow
    with state._engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM outbox")).scalar() == 0


def test_what_is_told_is_in_the_outbox_once(engine, state):
    from sqlalchemy import text

    row = monitor(state, query=QUERY)
    run(engine, state, row, ends(30, 14))
    run(engine, state, row, ends(14, 5))
    with state._engine.connect() as connection:
        assert connection.execute(text("SELECT event FROM outbox")).scalars().all() == ["opened"]


@pytest.fixture(scope="module")
def other(tmp_path_factory, engine):
    """Six servers of which one goes astray, and a text never seen before: in the store of `engine`, other indexes."""
    events = sys.modules["pilotage_test_script"].events
    rows = []
    for k in range(1, 100):
        when = datetime.fromtimestamp(NOW - SLICE * k + 7, UTC).isoformat()
        rows += [
            {"_time": when, "host": f"h{n}", "ms": 50 + n + (200 if n == 3 and 3 <= k <= 8 else 0), "_raw": f"served {k} in {n} ms"}
            for n in range(6)
        ]
        if 3 <= k <= 5:
            rows.append({"_time": when, "host": "h1", "_raw": f"disk {k} is on fire"})
    engine._store.backend.insert("pilotage.logs", events("peers", rows, NOW * SECOND))
    return engine


def test_one_of_a_population_that_goes_astray(other, state):
    row = monitor(state, query="index=peers ms=* | stats avg(ms) as ms by host", kind="population", sigma=5)
    told, _, _ = run(other, state, row, ends(15, 1))
    assert told == [("opened", '{"host": "h3"}')]
    assert state.alerts.listed()[0].first_slice == NOW - 8 * SLICE


def test_a_text_never_seen_before_is_told_once(other, state):
    row = monitor(state, query="index=peers", kind="pattern")
    told, _, _ = run(other, state, row, ends(15, 1))
    assert told == [("opened", '{"signature": "disk * is on fire"}')]


def test_previews_promise_what_the_watch_does(engine, state):
    from pilotage.watch.preview import Incident, preview

    began = NOW - 18 * SLICE
    incidents = [Incident(began, NOW - 9 * SLICE, "rise"), Incident(NOW - 86_400 * 2, NOW - 86_400 * 2 + 600, "nothing")]
    found = preview(engine, read_monitor({"query": QUERY}), 2, NOW, incidents)
    assert [each.at is not None for each in found.incidents] == [True, False]
    assert found.incidents[0].at <= began + 900
    assert found.alerts == len(found.episodes) >= 1
    static = preview(engine, read_monitor({"query": QUERY, "kind": "static", "critical": "> 400"}), 2, NOW, incidents)
    assert (static.alerts, static.false_alerts) == (1, 0)
    silent = preview(engine, read_monitor({"query": "index=main | stats count by host", "kind": "missing"}), 1, NOW)
    assert [each.group for each in silent.episodes] == ['{"host": "b"}']


def test_a_commit_that_fails_loses_no_alert(engine, state, monkeypatch):
    row = monitor(state, query=QUERY, kind="static", critical="> 400")
    run(engine, state, row, ends(22, 19))
    feed = feed_of(row)
    evaluation = Evaluation(lambda: engine, state)
    evaluation.prepare(feed, NOW - 17 * SLICE)
    with monkeypatch.context() as broken:
        broken.setattr(state.alerts, "commit", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            evaluation.evaluate(feed, NOW - 17 * SLICE, 0.0, {})
    told, _, _ = run(engine, state, row, ends(16, 15), feed)
    assert [event for event, _ in told] == ["opened"]
    assert state.alerts.live()[0].first_slice == NOW - 18 * SLICE


def test_data_that_come_late_make_the_feed_wait_longer(other, state):
    events = sys.modules["pilotage_test_script"].events
    row = monitor(state, query="index=lagging", kind="static", critical="> 100")
    _, feed, _ = run(other, state, row, ends(10, 8))
    assert feed.extra == 0
    when = datetime.fromtimestamp(NOW - 9 * SLICE + 5, UTC).isoformat()
    other._store.backend.insert("pilotage.logs", events("lagging", [{"_time": when, "_raw": "late"}], NOW * SECOND))
    run(other, state, row, ends(7, 7), feed)
    assert feed.extra == 60
    run(other, state, row, ends(6, 6), feed)
    assert feed.extra == 60
