"""Searches against a live store: cancelling, limits, results of every form, names and texts that want to be SQL."""

from __future__ import annotations

import json
import sys

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotage.engine.run import Engine, Search
from pilotage.model.problem import PilotageError
from pilotage.store.backend import Limits
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = open_store(tmp_path_factory.mktemp("run") / "store")
    rows = [{"a": 1, "g": "x"}, {"a": 2, "g": "y"}, {"a": 3, "g": "x"}, {"_raw": "plain", "we ird`\"'\\": "v"}]
    opened.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events("main", rows, NOW))
    big = "SELECT 'big', toDateTime64(number, 9), toString(number) FROM numbers(400000)"
    opened.backend.execute(f"INSERT INTO pilotage.logs (`index`, time, body) {big}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def engine(store):
    return Engine(store)


def rows(engine, query, **options):
    result = engine.start(Search(query, now=NOW, **options))
    return [json.loads(line) for piece in result.ndjson() for line in piece.splitlines()]


def stage_tables(store):
    return store.backend.rows("SELECT name FROM system.tables WHERE database = 'stage'")


def test_events_carry_every_field_and_no_other(engine):
    newest = rows(engine, "index=main | head 1")[0]
    assert newest == {"_time": 1767607199.999, "_raw": "", "index": "main", "a": 1, "g": "x"}


def test_kinds_and_columns(engine):
    events, table, series = (
        engine.start(Search(q, now=NOW))
        for q in ("index=main", "index=main | stats count by g", "index=main | timechart span=1d count by g")
    )
    assert (events.kind, events.columns) == ("events", None)
    assert (table.kind, table.columns) == ("table", ("g", "count"))
    assert (series.kind, series.columns) == ("series", ("_time", "x", "y", "NULL"))
    for result in (events, table, series):
        result.close()


def test_arrow_has_the_fields_as_columns(engine):
    table = pa.Table.from_batches(list(engine.start(Search("index=main | stats count by g", now=NOW)).arrow()))
    assert table.to_pydict() == {"g": ["x", "y"], "count": [2, 1]}


def test_statistics_count_rows(engine):
    result = engine.start(Search("index=main", now=NOW))
    list(result.ndjson())
    assert result.statistics["rows"] == 4


def test_a_running_search_tells_what_it_has_read(engine):
    result = engine.start(Search("index=big | eval x=sha1(_raw)", now=NOW))
    result.observe()
    assert "rows_read" not in result.statistics
    pieces = result.ndjson()
    seen = []
    for _ in pieces:
        result.observe()
        seen.append((result.statistics["rows_read"], result.statistics["rows_total"], result.statistics["rows"]))
    assert seen == sorted(seen)
    assert any(0 < read <= total <= 400_000 and 0 < rows < 400_000 for read, total, rows in seen), seen


def test_rows_can_be_read_once(engine):
    result = engine.start(Search("index=main", now=NOW))
    list(result.ndjson())
    with pytest.raises(PilotageError, match="result-read"):
        list(result.ndjson())


def test_stage_tables_go_with_the_result(engine, store):
    assert rows(engine, "index=main | chart count over g by a | fields g 1")
    assert stage_tables(store) == []


def test_cancelling_before_reading_gives_everything_back(engine, store):
    result = engine.start(Search("index=main | chart count over g by a", now=NOW))
    assert stage_tables(store) != []
    result.cancel()
    assert stage_tables(store) == []


def test_a_reader_that_leaves_gives_everything_back(engine, store):
    result = engine.start(Search("index=main | chart count over g by a", now=NOW))
    reading = result.ndjson()
    next(reading)
    reading.close()
    assert stage_tables(store) == []


@pytest.mark.parametrize(
    ("limits", "code"),
    [(Limits(result_rows=1), "query-rows"), (Limits(rows_read=1), "query-rows")],
)
def test_limits_end_a_search(engine, limits, code):
    with pytest.raises(PilotageError) as caught:
        rows(engine, "index=main", limits=limits)
    assert caught.value.problem.code == code


def test_a_bad_pattern_is_a_problem(engine):
    with pytest.raises(PilotageError):
        rows(engine, 'index=main | where match(g, "(")')


HOSTILE = st.text(
    alphabet=st.sampled_from("ab1 `\"'\\();,.*%_{}[]|=:-/\n\x1f\x00é") | st.characters(codec="utf-8"), min_size=1, max_size=12
)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE)
def test_a_text_comes_back_as_it_went_in(engine, text):
    from pilotage.language.functions import AGGREGATES, EVAL
    from pilotage.language.plan.expressions import Literal
    from pilotage.language.plan.nodes import Extend, Rows
    from pilotage.language.sql.context import Context
    from pilotage.language.sql.lowering import lower
    from pilotage.language.sql.output import json_lines
    from pilotage.store.catalogue import StaticCatalogue

    plan = Extend(Rows(("k",), ((text,),)), ((text + "'", Literal(text)),))
    sql = json_lines(lower(Context(StaticCatalogue(), EVAL, AGGREGATES, NOW), plan))
    session = engine._store.backend.reader(Limits())
    try:
        found = json.loads(b"".join(session.text(sql)))
    finally:
        session.close()
    assert found == {"k": text, text + "'": text}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=HOSTILE, value=HOSTILE)
def test_hostile_names_in_a_scan_never_break_the_statement(engine, name, value):
    from pilotage.engine.stages import Stages
    from pilotage.language.functions import AGGREGATES, EVAL
    from pilotage.language.plan.expressions import Match
    from pilotage.language.plan.nodes import Aggregate, Aggregation, Filter, Scan, TimeRange
    from pilotage.language.sql.context import Context
    from pilotage.language.sql.lowering import lower
    from pilotage.language.sql.output import json_lines

    scan = Scan(("main",), TimeRange(), Match(name, "=", (value,)))
    plan = Aggregate(Filter(scan, Match(name, "!=", (value + "*",))), (Aggregation("count", None, value),), (name,))
    context = Context(engine._store.catalogue, EVAL, AGGREGATES, NOW)
    session = engine._store.backend.reader(Limits())
    try:
        assert list(session.text(json_lines(lower(context, Stages(engine._store.backend, session, context).settle(plan))))) == []
    finally:
        session.close()


def test_nothing_loads_pandas():
    import subprocess

    program = """
import sys, tempfile
from pathlib import Path
from pilotage.engine.run import Engine, Search
from pilotage.store.open import open_store
with tempfile.TemporaryDirectory() as folder:
    store = open_store(Path(folder) / "s")
    engine = Engine(store)
    for query in ("| makeresults count=3 | eval g=1, h=2 | chart count over g by h", "| makeresults | timechart count", "index=main | fillnull"):
        list(engine.start(Search(query)).ndjson())
    list(engine.start(Search("| makeresults | timechart count by x")).arrow())
    store.close()
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=100).returncode == 0


def test_cancelling_a_running_search_ends_it(engine):
    """The reader is told at once; the rows it already has stay good."""
    import threading

    result = engine.start(Search("index=main | eval x=1 | stats count by x", now=NOW))
    reading = result.ndjson()
    done = threading.Event()

    def cancel():
        result.cancel()
        done.set()

    threading.Thread(target=cancel).start()
    assert done.wait(30)
    with pytest.raises(PilotageError):
        list(reading)


def test_cancelling_between_two_rows_stops_the_statement(engine):
    import threading

    result = engine.start(Search("index=big", now=NOW))
    reading = result.ndjson()
    assert next(reading)
    canceller = threading.Thread(target=result.cancel)
    canceller.start()
    canceller.join()
    with pytest.raises(PilotageError) as caught:
        list(reading)
    assert caught.value.problem.code == "query-cancelled"


@pytest.mark.parametrize(
    ("limits", "code"),
    [(Limits(seconds=0.02), "query-timeout"), (Limits(memory_bytes=20_000_000), "query-memory")],
)
def test_time_and_memory_end_a_search(engine, limits, code):
    with pytest.raises(PilotageError) as caught:
        rows(engine, "index=big | eval x=sha512(_raw) | stats dc(x)", limits=limits)
    assert caught.value.problem.code == code


def test_an_attribute_that_filters_use_gets_a_column_and_answers_stay(engine, store):
    from collections import Counter

    from pilotage.store.promotion import USES_TO_PROMOTE, promote

    questions = ("index=main a=2", "index=main a>1 | stats count by g", "index=main | where a<3 | table a g", "index=main NOT a=*")
    store.catalogue.known_fields(("main",))
    store.catalogue.take_uses()
    before = [rows(engine, q) for q in questions]
    for _ in range(USES_TO_PROMOTE):
        rows(engine, "index=main a=2")
    assert promote(store.backend, store.catalogue, Counter()) == [("logs", "a")]
    assert "attribute.a" in engine.explain(Search("index=main a=2", now=NOW), "sql")
    assert [rows(engine, q) for q in questions] == before
    assert [len(found) for found in before] == [1, 2, 2, 1]


def test_sort_says_when_it_kept_the_first_rows_only(engine):
    result = engine.start(Search("| makeresults count=10001 | sort x", now=NOW))
    assert sum(p.count(b"\n") for p in result.ndjson()) == 10_000
    assert [m.code for m in result.messages if m.code == "rows-limited"] == ["rows-limited"]


VALUES = ['"1"', "1", "2.0", "-3", '"x"', '"1e0"', "true", '"True"', "1234567890123456789", '"plain"']
ONE_EACH = '| makeresults | eval a=split("1,2,-3,x,1e0,True,1234567890123456789,",",") | eval n=3-5 | eval m=split("1,x",",")'


@pytest.mark.parametrize("field", ["a", "g", "n", "m", "none", "severity", "severity_number", "_time", "_raw"])
def test_a_long_chain_says_what_its_terms_say(engine, field):
    source = "index=main" if field not in ("n", "m") else ONE_EACH
    single = [f"if({field}={v}, 1, 0)" for v in VALUES]
    other = [f"if({field}!={v}, 1, 0)" for v in VALUES]
    chains = f"any=if({' OR '.join(f'{field}={v}' for v in VALUES)}, 1, 0), all=if({' AND '.join(f'{field}!={v}' for v in VALUES)}, 1, 0)"
    query = f"{source} | eval {chains}, one={'+'.join(single)}, each={'+'.join(other)} | table any all one each"
    found = rows(engine, query)
    assert found
    for row in found:
        assert row["any"] == (row["one"] > 0)
        assert row["all"] == (row["each"] == len(VALUES))


def test_a_long_search_chain_says_what_its_terms_say(engine):
    def found(clause):
        return {(r["_time"], r["_raw"]) for r in rows(engine, f"index=main {clause} | table _time _raw")}

    words = ["g=x", "g=nothing", "a=1", "a=2.0", "a=7", "plain", "nothing", "pla*"]
    assert found(" OR ".join(words)) == set.union(*(found(w) for w in words))
    assert found(" ".join(f"a!={n}" for n in range(3))) == set.intersection(*(found(f"a!={n}") for n in range(3)))
    assert len(rows(engine, "index=big " + " OR ".join(f"{n}" for n in range(300)))) == 300


@pytest.mark.parametrize(
    "query",
    [
        "index=main | stats count by nope",
        "index=main | table a nope",
        "index=main | sort - nope",
        "index=main | timechart count by nope",
        "index=main nope=1",
        "index=main | eval nopes=1 | stats sum(nope)",
        "index=main | rename nope AS b",
        "index=main | bin span=5 nope",
    ],
)
def test_an_unknown_field_is_underlined_where_it_is_named(engine, query):
    result = engine.start(Search(query, now=NOW))
    list(result.ndjson())
    (message,) = [m for m in result.messages if m.code == "unknown-field"]
    assert query[message.span.start : message.span.end] == "nope"


def test_messages_stand_once_and_are_limited(engine):
    result = engine.start(Search("index=main | where nope=1 OR len(nope)=2 | where nope>3", now=NOW))
    list(result.ndjson())
    assert [m.code for m in result.messages] == ["unknown-field"]
    many = engine.start(Search("index=main | table " + " ".join(f"f{n}" for n in range(150)), now=NOW))
    list(many.ndjson())
    assert [m.code for m in many.messages] == [*["unknown-field"] * 100, "messages-limited"]
