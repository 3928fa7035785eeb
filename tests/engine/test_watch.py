"""Planning stops with the search: at its deadline, when somebody cancels it, when it nests too deep."""

from __future__ import annotations

import threading

import pytest

from pilotage.engine.run import Engine, Search
from pilotage.engine.watch import Watch, shallow
from pilotage.model.problem import PilotageError
from pilotage.store.backend import Limits
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("watch") / "store")
    store.backend.execute(
        "INSERT INTO pilotage.logs (`index`, time, body) SELECT 'main', toDateTime64(number, 9), toString(number) FROM numbers(9)"
    )
    yield Engine(store)
    store.close()


def code_of(action):
    with pytest.raises(PilotageError) as caught:
        action()
    return caught.value.problem.code


def answer(engine, query):
    result = engine.start(Search(query, now=NOW))
    return b"".join(result.ndjson()), [m for m in result.messages if m.code != "unknown-field"]


def test_a_clock_that_ran_out_and_a_stop_sign():
    assert code_of(Watch(1e-9).check) == "query-timeout"
    Watch(0).check()
    stop = threading.Event()
    watch = Watch(60, stop)
    watch.check()
    stop.set()
    assert code_of(watch.check) == "query-cancelled"


def test_a_search_stopped_or_overdue_is_not_planned_on(engine):
    stop = threading.Event()
    stop.set()
    assert code_of(lambda: engine.start(Search("index=main | where a=1", now=NOW), stop)) == "query-cancelled"
    assert code_of(lambda: engine.start(Search("index=main | where a=1", now=NOW, limits=Limits(seconds=1e-9)))) == "query-timeout"


def test_the_last_statement_is_not_written_for_a_search_that_was_stopped(engine):
    stop = threading.Event()
    result = engine.start(Search("index=main | eval a=1", now=NOW), stop)
    stop.set()
    assert code_of(lambda: list(result.ndjson())) == "query-cancelled"


def test_commands_that_nest_too_deep_are_refused():
    def endless():
        return endless()

    def run():
        with shallow():
            endless()

    assert code_of(run) == "query-too-large"


def test_a_hundred_dependent_commands_are_refused_and_independent_ones_run(engine):
    deep = "index=main | eval x0=1 | " + " | ".join(f"eval x{n + 1}=x{n}+a+b" for n in range(100))
    assert code_of(lambda: answer(engine, deep)) == "query-too-large"
    wide = "index=main | head 1 | " + " | ".join(f"eval x{n}=len(_raw)+{n}" for n in range(100)) + " | table x0 x99"
    assert answer(engine, wide) == (b'{"x0":1,"x99":100}\n', [])


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("index=main | where " + " OR ".join(f"x={n}" for n in range(2000)), 0),
        ("index=main | where " + " AND ".join(f"severity_number!={n}" for n in range(2000)), 0),
        ("index=main | where " + " OR ".join(f"x{n}={n}" for n in range(1000)), 0),
        ("index=main x=1 OR " + " OR ".join(f"{n}" for n in range(2000)), 9),
        ("index=main | table " + " ".join(f"f{n}" for n in range(1000)), 9),
        ("index=main | where case(" + ", ".join(f'_raw="{n}", n={n}' for n in range(300)) + ", true(), true())", 0),
    ],
)
def test_long_queries_within_the_limits_run(engine, query, rows):
    assert answer(engine, query)[0].count(b"\n") == rows
