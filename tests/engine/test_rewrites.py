"""Searches as rewritten give the rows that the same searches give as written, on random rows and random pipelines."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotage.engine import run
from pilotage.engine.run import Engine, Search
from pilotage.language.sql import duplicates
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000
ROWS = 300


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    generator = np.random.default_rng(11)
    rows = []
    for number in range(ROWS):
        row = {"n": number, "a": str(generator.choice(["x", "y", "7", "07", "7.0"])), "b": int(generator.integers(0, 6))}
        row["_raw"] = f"user=u{number % 7} took {number % 13} ms"
        rows.append({k: v for k, v in row.items() if k in {"n", "_raw"} or generator.random() > 0.2})
    store = open_store(tmp_path_factory.mktemp("rewrites") / "store")
    store.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events("main", rows, NOW))
    yield Engine(store)
    store.close()


def answer(engine, query):
    result = engine.start(Search(query, now=NOW))
    rows = [json.loads(line) for line in b"".join(result.ndjson()).splitlines()]
    # Which names have a value in some row is looked at by fewer commands: they are told apart for rows, not for messages.
    return rows, {(m.code, m.sentence) for m in result.messages if m.code != "unknown-field"}


def plain(engine, query):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "optimized", lambda plan: plan)
        patch.setattr(duplicates, "_firsts", lambda relation, names: None)
        return answer(engine, query)


STEPS = st.sampled_from([
    "where b>2",
    "where b>1 AND took<9",
    'search a=7 user="u1*"',
    "where n%3=0 OR isnull(a)",
    'eval c=b*2, a=coalesce(a, "none")',
    "eval took=took+1",
    'rex "user=(?<user>\\w+)"',
    'rex "took (?<took>\\d+) ms(?!\\d)"',
    'rex "(?<=took )(?<took>\\d+)"',
    "sort 0 - n",
    "sort 0 b, - n",
    "sort 40 a, n",
    "head 25",
    "head 7",
    "tail 9",
    "rename b AS bb",
    "fields - a",
    "dedup a",
    "dedup b a",
    "dedup 2 b",
    "bin span=2 b",
    "transaction b",
    "streamstats count AS seen",
])  # fmt: skip
ENDS = st.sampled_from(
    ["table n a b c took user seen duration eventcount", "stats count sum(n) dc(a) BY b", "fields n b", "sort 0 n | head 3 | table n b"]
)


@pytest.mark.timeout(900)  # 25 pipelines twice: a few seconds, minutes on a machine that others use
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=5), ENDS)
def test_rewritten_is_plain(engine, steps, end):
    query = " | ".join(["index=main", *steps, end])
    assert answer(engine, query) == plain(engine, query)


def shape(engine, query):
    return engine.explain(Search(query, now=NOW), "sql")


def test_the_sort_keeps_no_more_rows_than_head_takes(engine):
    sql = shape(engine, "index=main | sort 0 - n | eval c=n+1 | head 5 | table n c")
    assert sql.count("LIMIT 5") == 1
    assert "LIMIT" in sql.split("FROM")[-1]


def test_a_condition_on_stored_fields_stands_before_the_step_in_python(engine):
    first = shape(engine, 'index=main | rex "took (?<took>\\d+)(?! s)" | where b>2 | table took').split(";\n\n")[0]
    assert "'\\x1fb\\x1f'" in first


def test_a_condition_on_what_the_step_makes_stays_behind_it(engine):
    first = shape(engine, 'index=main | rex "took (?<took>\\d+)(?! s)" | where took>2 | table took').split(";\n\n")[0]
    assert "took'" not in first.replace("took (", "")


def test_a_transaction_reads_no_field_that_nothing_uses(engine):
    assert "arrayConcat" not in shape(engine, "index=main | transaction b | stats count avg(duration)")


def test_dedup_of_events_sorts_nothing_in_a_window(engine):
    assert "OVER" not in shape(engine, "index=main | dedup a")
