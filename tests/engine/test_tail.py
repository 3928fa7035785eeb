"""Live tail: every new row once, whatever order it becomes searchable in; equal rows told apart; what is left out is counted."""

from __future__ import annotations

import json
import sys
import time

import pyarrow as pa
import pytest

from pilotage.engine.run import Search
from pilotage.engine.tail import MARGIN, Tail
from pilotage.model.problem import PilotageError
from pilotage.store.open import open_store

SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = open_store(tmp_path_factory.mktemp("tail") / "store")
    yield opened
    opened.close()


class Loading:
    """The watermark of loading, as a test wants it."""

    def __init__(self):
        self.now = time.time_ns()

    def __call__(self):
        return self.now


def put(store, index, rows, received):
    """Rows that were received then (epoch nanoseconds) and are searchable now."""
    table = sys.modules["pilotage_test_script"].events(index, rows, received)
    store.backend.insert(
        "pilotage.logs", table.set_column(table.column_names.index("received"), "received", received_column(received, table.num_rows))
    )


def received_column(received, count):
    return pa.array([received // 1_000_000] * count, pa.timestamp("ms", "UTC"))


def begin(store, query, loading):
    tail = Tail(store, Search(query), loading)
    tail.check()
    assert tail.look(100).rows == ()
    return tail


def values(look, name="n"):
    return [json.loads(row).get(name) for row in look.rows]


def test_what_was_there_is_not_new(store):
    loading = Loading()
    put(store, "there", [{"n": 1}], loading.now)
    tail = begin(store, "index=there", loading)
    put(store, "there", [{"n": 2}], loading.now)
    look = tail.look(100)
    assert values(look) == [2]
    assert (look.events, look.left_out) == (1, 0)
    assert tail.look(100).rows == ()


def test_rows_are_events_as_a_search_shows_them(store):
    loading = Loading()
    tail = begin(store, "index=shape", loading)
    put(store, "shape", [{"n": 1, "_raw": 'say "received_" {', "service": "pay"}], loading.now)
    (row,) = tail.look(100).rows
    shown = json.loads(row)
    assert shown.pop("_time") > 0
    assert shown == {"_raw": 'say "received_" {', "index": "shape", "n": 1, "service": "pay"}


def test_late_and_out_of_order_rows_are_not_skipped(store):
    loading = Loading()
    start = loading.now
    tail = begin(store, "index=late", loading)
    put(store, "late", [{"n": "second"}], start + 2 * SECOND)
    loading.now = start + 1 * SECOND
    assert values(tail.look(100)) == ["second"]
    # Received before, loaded after: its stream was slower.
    put(store, "late", [{"n": "first"}], start + SECOND)
    loading.now = start + 60 * SECOND
    assert values(tail.look(100)) == ["first"]
    put(store, "late", [{"n": "third"}], start + 61 * SECOND)
    loading.now = start + 120 * SECOND
    look = tail.look(100)
    assert values(look) == ["third"]
    assert (look.events, look.left_out) == (3, 0)


def test_equal_rows_are_as_many_as_there_are(store):
    loading = Loading()
    same = {"n": 1, "_time": "2026-01-05T10:00:00Z"}
    put(store, "equal", [same], loading.now)
    tail = begin(store, "index=equal", loading)
    put(store, "equal", [same, same], loading.now)
    assert values(tail.look(100)) == [1, 1]
    # A second row, since the store takes an insert equal to an earlier one for the same sent again.
    put(store, "equal", [same, {"n": 2}], loading.now)
    look = tail.look(100)
    assert sorted(values(look)) == [1, 2]
    assert look.events == 4


def test_the_newest_are_shown_and_the_rest_counted(store):
    loading = Loading()
    tail = begin(store, "index=many", loading)
    for number in range(10):
        put(store, "many", [{"n": number}], loading.now + number * 1_000_000)
    look = tail.look(3)
    assert values(look) == [7, 8, 9]
    assert (look.events, look.left_out) == (10, 7)
    put(store, "many", [{"n": 10}], loading.now + SECOND)
    look = tail.look(3)
    assert (values(look), look.events, look.left_out) == ([10], 11, 7)


def test_counts_stay_right_when_the_window_moves(store):
    loading = Loading()
    tail = begin(store, "index=moving", loading)
    shown = []
    for step in range(6):
        put(store, "moving", [{"n": f"{step}-{k}"} for k in range(4)], loading.now)
        shown += values(tail.look(3))
        loading.now += 8 * SECOND
    put(store, "moving", [{"n": "last"}], loading.now)
    look = tail.look(3)
    assert (look.events, look.left_out) == (25, 6)
    assert len(shown) == len(set(shown)) == 18
    assert len(tail._seen) < 25
    assert tail._since > loading.now - 4 * MARGIN


@pytest.mark.parametrize(("step", "looks"), [("_rows", [(["between"], 1, 0), ([], 1, 0)]), ("_counts", [([], 1, 1), (["between"], 1, 0)])])
def test_what_comes_during_a_look_is_told_once(store, monkeypatch, step, looks):
    loading = Loading()
    tail = begin(store, f"index=during{step}", loading)
    plain = getattr(Tail, step)

    def meanwhile(self, *arguments):
        monkeypatch.undo()
        put(store, f"during{step}", [{"n": "between"}], loading.now)
        return plain(self, *arguments)

    monkeypatch.setattr(Tail, step, meanwhile)
    store.backend.execute("INSERT INTO pilotage.logs (`index`, body) VALUES ('elsewhere', 'something')")
    for wanted in looks:
        look = tail.look(100)
        assert (values(look), look.events, look.left_out) == wanted


def test_what_comes_during_the_first_look_is_not_shown_twice(store, monkeypatch):
    loading = Loading()
    put(store, "busy", [{"n": 0}], loading.now)
    plain, number = Tail._rows, iter(range(1, 100))

    def meanwhile(self, *arguments):
        put(store, "busy", [{"n": next(number)}], loading.now)
        return plain(self, *arguments)

    monkeypatch.setattr(Tail, "_rows", meanwhile)
    tail = begin(store, "index=busy", loading)
    monkeypatch.undo()
    look = tail.look(100)
    assert look.rows == ()
    assert look.events == look.left_out == 1


def test_only_what_matches_is_new(store):
    loading = Loading()
    tail = begin(store, "index=match n>1 | eval twice=n*2 | fields twice", loading)
    put(store, "match", [{"n": 1}, {"n": 2}, {"n": 3}], loading.now)
    look = tail.look(100)
    assert sorted(values(look, "twice")) == [4, 6]
    assert set(json.loads(look.rows[0])) == {"_time", "_raw", "twice"} - ({"_raw"} if "_raw" not in json.loads(look.rows[0]) else set())


@pytest.mark.parametrize(
    "query", ["index=t | table n", "index=t | fields - _time", "index=t | rename n as m | where m>0", 'index=t | rex "(?<d>.)"']
)
def test_streaming_commands_are_taken(store, query):
    loading = Loading()
    name = f"t{len(query)}"
    # The catalogue of fields follows inserts a little behind; the name has been heard of before.
    loading.now += 10_000 * SECOND
    put(store, name, [{"n": 4, "_raw": "x"}], loading.now)
    store.catalogue._refreshed = 0.0
    store.catalogue.refresh()
    tail = begin(store, query.replace("index=t", f"index={name}"), loading)
    put(store, name, [{"n": 5, "_raw": "x"}], loading.now)
    assert len(tail.look(10).rows) == 1


@pytest.mark.parametrize(
    "query",
    [
        "index=main | stats count",
        "index=main | head 5",
        "index=main | sort n",
        "| makeresults",
        "index=main | dedup n",
        "index=main | eval {n}=1",
    ],
)
def test_what_needs_all_rows_is_refused(store, query):
    with pytest.raises(PilotageError) as error:
        Tail(store, Search(query), Loading()).check()
    assert error.value.problem.code == "not-streaming"
    assert error.value.problem.span


def test_a_query_that_drops_every_field_is_refused(store):
    with pytest.raises(PilotageError, match="not-streaming"):
        Tail(store, Search("index=main | fields - *"), Loading()).look(10)


def test_nothing_written_nothing_asked(store):
    loading = Loading()
    tail = begin(store, "index=quiet", loading)
    changes = store.backend.changes()
    assert tail.look(10).rows == ()
    assert store.backend.changes() == changes


def test_messages_are_told_once(store):
    loading = Loading()
    tail = Tail(store, Search("index=unheard"), loading)
    assert [m.code for m in tail.look(10).messages] == ["unknown-index"]
    put(store, "other", [{"n": 1}], loading.now)
    assert tail.look(10).messages == ()
