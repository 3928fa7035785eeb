"""Errors of a person's own making, found by the running engine or before: named as such and pointing into the query."""

from __future__ import annotations

import json

import pytest

from pilotage.engine.blame import located
from pilotage.engine.run import Engine, Search
from pilotage.language.dialects import spl
from pilotage.model.problem import PilotageError, Problem, Span
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("blame") / "store")
    store.backend.execute("INSERT INTO pilotage.logs (`index`, time, body) SELECT 'main', toDateTime64(number, 9), '7' FROM numbers(2)")
    yield Engine(store)
    store.close()


def problem_of(engine, query):
    with pytest.raises(PilotageError) as caught:
        list(engine.start(Search(query, now=NOW)).ndjson())
    return caught.value.problem


@pytest.mark.parametrize(
    ("query", "underlined"),
    [
        (r'index=main | rex "(?<x>[a)"', '"(?<x>[a)"'),
        (r'index=main | rex "(?<y>b)" | rex "(?<x>a{1000}{1000})"', "(?<x>a{1000}{1000})"),
        (r'index=main | rex mode=sed "s/(a/b/"', "s/(a/b/"),
        (r'index=main | where match(_raw, "7") AND match(_raw, "((")', '"(("'),
        (r'index=main | eval x=replace(_raw, "a**(", "")', '"a**("'),
        (r'index=main | stats count(eval(match(_raw, "[z"))) AS n', '"[z"'),
        (r'index=main | eval x=mvfind(_raw, "(")', '"("'),
        (r'index=main | eval t=replace(_raw, "(", "") | timechart count by t', '"("'),
    ],
)
def test_a_bad_regular_expression_is_underlined(engine, query, underlined):
    problem = problem_of(engine, query)
    assert problem.code == "regex-invalid"
    assert query[problem.span.start : problem.span.end] == underlined


def test_only_an_unlocated_regular_expression_is_looked_for():
    query = 'index=main | where match(_raw, "((")'
    plan = spl.parse(query, spl.context(now=NOW))
    other = Problem("query-memory", "the query needs more memory than its limit")
    placed = Problem("regex-invalid", "does not compile: ((", Span(0, 1))
    assert located(other, plan, query) is other
    assert located(placed, plan, query) is placed


@pytest.mark.parametrize(
    ("query", "code", "part"),
    [
        (r'| makeresults | eval x=replace("a", "(a)", "\9")', "bad-argument", r"`\9`"),
        (r'index=main | rex mode=sed "s/(a)(b)/\3/"', "bad-sed", r"`\3`"),
        ("| makeresults | eval x=mvrange(1, 1000000000)", "bad-argument", "the most is 1000000"),
        ("| makeresults | eval x=mvrange(1, 9, 0)", "bad-argument", "above 0"),
        ("index=main | eval n=_raw-7 | eval x=mvrange(1, 9, n)", "bad-argument", "above 0"),
        ('| makeresults | eval x=printf("%999999999d", 1)', "bad-argument", "1000"),
        ('| makeresults | eval x=printf("%5.1001f", 1)', "bad-argument", "1000"),
        ('| makeresults | eval x=cidrmatch("10.0.0.0/99", "1.1.1.1")', "bad-argument", "10.0.0.0/99"),
        ('| makeresults | eval x=strptime("2020", "%Y %5")', "bad-argument", "%5"),
    ],
)
def test_arguments_that_cannot_be_are_named(engine, query, code, part):
    problem = problem_of(engine, query)
    assert problem.code == code
    assert part in problem.sentence


@pytest.mark.parametrize("seconds", ["1e300", "-1e300", "_raw*1e300", "99999999999", "99999999999999999999", '"abc"'])
def test_what_is_no_time_is_null(engine, seconds):
    result = engine.start(
        Search(f'index=main | head 1 | eval x=strftime({seconds}, "%Y"), y=relative_time({seconds}, "-1d"), z=1 | table x y z', now=NOW)
    )
    assert b"".join(result.ndjson()) == b'{"z":1}\n'


@pytest.mark.parametrize("span", ["", "span=1d"])
def test_rows_without_a_time_are_left_out_of_a_series(engine, span):
    result = engine.start(Search(f'index=main | eval _time="abc" | timechart {span} count', now=NOW))
    assert b"".join(result.ndjson()) == b""
    assert [m.code for m in result.messages] == ["time-invalid"]
    mixed = engine.start(Search(f"index=main | eval _time=if(_time>0, 1e30, 86400) | timechart {span} count", now=NOW))
    assert [json.loads(line) for line in b"".join(mixed.ndjson()).splitlines()] == [{"_time": 86400, "count": 1}]
