"""Tables of lookups: made once a content, replaced whole under running searches, dropped when nothing reads them."""

from __future__ import annotations

import json
import threading

import pyarrow as pa
import pytest

from pilotage.engine import lookups
from pilotage.engine.effects import allowed
from pilotage.engine.library import StateLibrary, read_rows
from pilotage.engine.run import Engine, Search
from pilotage.model.knowledge import Lookup
from pilotage.model.problem import PilotageError
from pilotage.state.open import open_state
from pilotage.store.open import open_store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = open_store(tmp_path_factory.mktemp("lookups") / "store")
    yield opened
    opened.close()


@pytest.fixture
def library(tmp_path):
    state = open_state(tmp_path)
    yield StateLibrary(state)
    state.close()


@pytest.fixture
def engine(store, library):
    return Engine(store, library.knowledge, library)


def rows(engine, query, **how):
    result = engine.start(Search(query, permit=allowed, **how))
    return [json.loads(line) for piece in result.ndjson() for line in piece.splitlines()]


def tables(store):
    return {name for (name,) in store.backend.rows("SELECT name FROM system.tables WHERE database = 'stage'")}


def test_a_running_search_sees_what_was_there_when_it_began(engine, store, library):
    library.put(Lookup("t"), b"a\n1\n2\n")
    before = tables(store)
    first = engine.start(Search("| inputlookup t"))
    library.put(Lookup("t"), b"a\n3\n")
    assert rows(engine, "| inputlookup t") == [{"a": 3}]
    assert [json.loads(line) for piece in first.ndjson() for line in piece.splitlines()] == [{"a": 1}, {"a": 2}]
    assert len(tables(store) - before) == 1


def test_a_table_is_made_once_for_the_same_content(engine, store, library):
    data = b"a,b\nx,y\n"
    library.put(Lookup("one"), data)
    library.put(Lookup("two"), data)
    assert rows(engine, "| inputlookup one") == rows(engine, "| inputlookup two") == [{"a": "x", "b": "y"}]
    digests = {library.lookup("one").digest, library.lookup("two").digest}
    assert len(digests) == 1
    assert f"lookup_{digests.pop()}" in tables(store)


def test_idle_tables_beyond_the_most_are_dropped(engine, store, library, monkeypatch):
    monkeypatch.setattr(lookups, "MOST_IDLE_BYTES", 0)
    library.put(Lookup("big"), b"a\nonly here\n")
    name = f"lookup_{library.lookup('big').digest}"
    assert rows(engine, "| inputlookup big") == [{"a": "only here"}]
    assert name not in tables(store)
    assert rows(engine, "| inputlookup big") == [{"a": "only here"}]


def test_a_search_may_not_write_unless_it_is_said(engine):
    for query in (
        "| makeresults | outputlookup x",
        "| makeresults | collect index=s",
        "| makeresults | append [| makeresults | outputlookup x]",
    ):
        with pytest.raises(PilotageError, match="write-forbidden") as caught:
            engine.start(Search(query))
        span = caught.value.problem.span
        assert query[span.start :].startswith(("outputlookup", "collect"))


def test_writers_of_one_lookup_leave_one_of_their_contents(engine, library):
    def write(number):
        rows(engine, f"| makeresults count=50 | eval n={number} | table n | outputlookup shared.csv")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    found = rows(engine, "| inputlookup shared.csv")
    assert len(found) == 50
    assert len({row["n"] for row in found}) == 1


def test_names_are_found_with_and_without_csv(engine, library):
    library.put(Lookup("hosts.csv"), b"a\n1\n")
    assert rows(engine, "| inputlookup hosts") == [{"a": 1}]


def test_hostile_columns_and_cells_are_text(engine, library):
    name = "a`); DROP TABLE x; --\" '\\"
    library.keep(Lookup("odd"), pa.table({name: ["it's \\ \"\n", None], "b": ["1", "2"]}))
    assert rows(engine, "| inputlookup odd") == [{name: "it's \\ \"\n", "b": 1}, {"b": 2}]
    assert rows(engine, "| makeresults | eval k=1 | table k | lookup odd b AS k") == [{"k": 1, name: "it's \\ \"\n"}]


@pytest.mark.parametrize(
    ("data", "columns", "cells"),
    [
        (b"\xef\xbb\xbfa,b\n1,\n", ["a", "b"], [["1"], [None]]),
        (b'a,"b c"\r\n"x, y","two\nlines"\r\n', ["a", "b c"], [["x, y"], ["two\nlines"]]),
        (b"a\n", ["a"], [[]]),
        (b"a\n007\n", ["a"], [["007"]]),
    ],
)
def test_csv_as_people_write_it(data, columns, cells):
    table = read_rows(data, "t")
    assert table.column_names == columns
    assert [column.to_pylist() for column in table.columns] == cells


def test_written_rows_read_back(library):
    table = pa.table({"a": ["x,y", 'q"', None, "two\nlines"], "b": ["1", "", "3", None]})
    kept = library.keep(Lookup("t"), table)
    assert library.rows(kept).to_pydict() == {"a": ["x,y", 'q"', None, "two\nlines"], "b": ["1", None, "3", None]}
