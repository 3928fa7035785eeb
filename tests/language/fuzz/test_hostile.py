"""Hostile text in every place of a query is text: nothing of it becomes SQL, the store stays as it was, limits answer precisely."""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pilotage.engine.run import Engine, Search
from pilotage.language.catalogue import KnownObjects
from pilotage.language.dialects import spl, sumo
from pilotage.model.knowledge import Macro
from pilotage.model.problem import PilotageError
from pilotage.store.backend import Limits

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NOW = 1_767_607_200_000_000_000
HOSTILE = [
    "'; DROP TABLE pilotage.logs; --",
    "x' OR '1'='1",
    "`x` FROM system.tables",
    "') UNION ALL SELECT * FROM file('/etc/passwd', 'LineAsString') --",
    "url('http://127.0.0.1/', 'CSV')",
    "x SETTINGS readonly=0",
    "{x:String}",
    "\\'; SELECT 1; --",
    "a\\",
    "/* */ -- #",
    "${x}$x$",
    "x\x00y",
    "é\u202eß",
    "%s%n",
    "*) OR (1=1",
]
NAMES = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=12)
QUICK = settings(
    max_examples=25, deadline=timedelta(seconds=60), suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
# What a text may be refused for; an error of the engine itself is none of them.
OUTSIDE = {"engine-error", "not-lowered"}


@pytest.fixture(scope="module")
def engine(store):
    script = sys.modules["pilotage_test_script"]
    rows = [{"a": number, "b": "x", "_raw": f"event {number}"} for number in range(3)]
    store.backend.insert("pilotage.logs", script.events("main", rows, NOW))
    return Engine(store)


def _rows(engine, query: str, language: str = "spl", limits: Limits | None = None) -> list[dict[str, object]]:
    search = Search(query, language, now=NOW, limits=limits or Limits(seconds=60))
    return [json.loads(line) for piece in engine.start(search).ndjson() for line in piece.splitlines()]


def _tried(engine, query: str, language: str = "spl") -> list[dict[str, object]]:
    """The rows, or none where the text is refused for what it is."""
    try:
        return _rows(engine, query, language)
    except PilotageError as error:
        assert error.problem.code not in OUTSIDE, error.problem.render(query)  # noqa: PT017
        return []


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(NAMES)
@QUICK
def test_a_text_comes_back_as_it_was_written(engine, text) -> None:
    if text.endswith("\\") or "`" in text:
        return  # an open quote, and a macro
    (row,) = _rows(engine, f"| makeresults | eval x={_quoted(text)}, n=len(x) | table x n")
    assert row["x"] == text
    assert row["n"] == len(text)


PLACES = [
    "index=main | eval '{}'=1 | table '{}'",
    "index=main | rename a AS {q} | table {q}",
    "index=main | stats count AS {q} BY b",
    "index=main | stats count BY {q}",
    "index=main {q}",
    "index=main b={q}",
    "index={q} | stats count",
    "index=main | where b={q}",
    "index=main | search b IN ({q})",
    "index=main | rex field=b {q}",
    "index=main | eval x=replace(b, {q}, {q})",
    "index=main | eval x=match(b, {q})",
    "index=main | eval x=strftime(_time, {q}), y=spath(_raw, {q}), z=json_extract(_raw, {q})",
    "index=main | chart count OVER {q} BY b",
    "index=main | timechart span=1h count BY {q}",
    "index=main | top {q}",
    "index=main | sort {q} | dedup {q} | fillnull value={q} {q} | fields {q}",
    "index=main | bin a AS {q} | makemv delim={q} b | mvexpand b",
    "index=main | lookup {q} b",
    "| inputlookup {q}",
    "index=main | append [search index={q}] | join {q} [search index=main]",
    "index=main earliest={q}",
]
SUMO_PLACES = [
    "_index=main {q}",
    "_sourceCategory={q}",
    "_index=main | where b = {q}",
    "_index=main | where b matches {q}",
    "_index=main | parse {q} as x",
    "_index=main | parse regex {q}",
    "_index=main | json {q} as x",
    "_index=main | count as %{q} by b",
    "_index=main | count by %{q}",
    "_index=main | {q} as x",
    "_index=main | formatDate(_messageTime, {q}) as x",
    "_index=main | timeslice 1h | count by _timeslice, b | transpose row _timeslice column b as %{q}",
]


def _some(number: int) -> list[str]:
    """A third of the texts, others for the next place."""
    return HOSTILE[number % 3 :: 3]


@pytest.mark.parametrize("place", PLACES)
def test_names_and_values_of_spl_are_data(engine, store, place) -> None:
    for text in _some(PLACES.index(place)):
        _tried(engine, place.replace("{q}", _quoted(text)).replace("{}", text))
    assert store.backend.rows("SELECT count() FROM pilotage.logs") == [(3,)]


@pytest.mark.parametrize("place", SUMO_PLACES)
def test_names_and_values_of_sumo_are_data(engine, store, place) -> None:
    for text in _some(SUMO_PLACES.index(place)):
        _tried(engine, place.replace("{q}", _quoted(text)), "sumo")
    assert store.backend.rows("SELECT count() FROM pilotage.logs") == [(3,)]


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from([*HOSTILE, "|", "count", "by", "index=main", "[", "]", "(", ")", '"', "where", "="])).map(" ".join)
)
@settings(max_examples=300, deadline=timedelta(seconds=5))
def test_any_text_is_a_sumo_plan_or_a_problem_that_points_into_it(text) -> None:
    try:
        sumo.parse(text, sumo.context(NOW))
    except PilotageError as error:
        span = error.problem.span
        assert span is None or 0 <= span.start <= span.end <= len(text) + 1


def test_a_catastrophic_regex_ends_within_its_limit(engine) -> None:
    text = "a" * 40 + "!"
    query = f'| makeresults | eval s="{text}" | rex field=s "(?<x>(?:a+)+)(?=b)$" | where match(s, "^(?:(a|aa)+)\\1$")'
    found = _tried(engine, query)
    assert all("x" not in row for row in found)


def test_a_macro_that_calls_itself_is_refused() -> None:
    known = KnownObjects({"one": Macro("`two`"), "two": Macro("`one`")})
    with pytest.raises(PilotageError) as raised:
        spl.parse("index=main `one`", spl.context(NOW, knowledge=known))
    assert raised.value.problem.code.startswith("macro")


@pytest.mark.parametrize(
    ("query", "limits", "code"),
    [
        (
            "| makeresults count=50000 | eval x=mvrange(0,50) | mvexpand x | eval y=md5(x) | stats dc(y) by x",
            Limits(seconds=0.05),
            "query-timeout",
        ),
        (
            "| makeresults count=50000 | eval x=mvrange(0,200) | mvexpand x | eval y=md5(x.random()) | stats values(y)",
            Limits(memory_bytes=20 << 20),
            "query-memory",
        ),
    ],
)
def test_limits_are_told_and_the_next_search_runs(engine, query, limits, code) -> None:
    with pytest.raises(PilotageError) as raised:
        _rows(engine, query, limits=limits)
    assert raised.value.problem.code == code
    assert _rows(engine, "index=main | stats count") == [{"count": 3}]
