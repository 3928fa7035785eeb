from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.engine.checking import Question, check, check_fragment, language_of
from pilotage.language.dialects.holes import holes_of
from pilotage.model.problem import Span

NOW = 1_767_607_190_000_000_000
SPL_PLACES = [
    "index=main host=@",
    "index=main @",
    'index=main host="@"',
    'index=main host IN (@, b) NOT "x @ y"',
    "index=main earliest=@ latest=now",
    "index=main | head @",
    'index=main | where x > @ AND like(y, "@%")',
    "index=main | eval y = round(x, @)",
    "index=main | timechart span=@ count by host",
    "index=main | bin _time span=@ | stats count by _time, @",
    "index=main | sort - @ | dedup @ host",
    "index=main | fillnull value=@ a | rename a as @",
    "index=main user IN @",
]
SUMO_PLACES = [
    "_sourceCategory=@ error",
    "@ error",
    '* | where x matches "@"',
    '* | where if ("@" = "*", true, host matches "@")',
    "* | timeslice @ | count by _timeslice",
    "* | count by a | sort by @ | limit @",
    "* | count by @",
]


STRING_PLACES = ["index=main host=@", "index=main host IN (@, b)", "index=main | where x = @", "index=main | eval y = lower(@)"]
NAMES = st.sampled_from(["t", "time.earliest", "form.a-b", "tkn_1"])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SPL_PLACES), NAMES)
def test_a_token_fits_wherever_a_literal_does(place, name):
    assert check(Question(place.replace("@", f"${name}$"), "spl"), NOW) is None


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(STRING_PLACES), NAMES, st.sampled_from(["|s", "|h", "|u|s"]))
def test_a_filtered_token_fits_wherever_a_text_does(place, name, filters):
    assert check(Question(place.replace("@", f"${name}{filters}$") + " | stats count", "spl"), NOW) is None


@pytest.mark.parametrize("place", SUMO_PLACES)
@pytest.mark.parametrize("variable", ["{{v}}", "{{{v}}}", "{{ Two words }}", "{{a.b}}"])
def test_a_variable_fits_wherever_a_literal_does(place, variable):
    assert check(Question(place.replace("@", variable), "sumo"), NOW) is None


def test_a_hole_is_found_before_the_pipes():
    assert check(Question("index=main a=$x|s$ | stats count", "spl"), NOW) is None
    assert [hole.span for hole in holes_of("a=$x|s$ | b=$$y$$", "spl").holes] == [Span(2, 7), Span(12, 17)]


def test_a_problem_beside_a_hole_points_into_the_query():
    query = "index=main host=$some_long_token$ | nonsense $x$"
    problem = check(Question(query, "spl"), NOW)
    assert problem is not None
    assert query[problem.span.start : problem.span.end] == "nonsense"


def test_a_hole_is_no_command():
    problem = check(Question("index=main | $x$", "spl"), NOW)
    assert problem is not None
    assert problem.code == "token"


def test_a_hole_does_not_hide_what_is_wrong_around_it():
    assert check(Question("index=main | head $n$ | eval a = (", "spl"), NOW) is not None
    assert check(Question("index=main | timechart nonsense=$n$ count", "spl"), NOW).code == "unknown-option"


def test_what_only_lowering_refuses_is_refused():
    assert check(Question("index=main | eval a=strftime(_time, b)", "spl"), NOW) is not None


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("index=main | stats count by host", "spl"),
        ("error", "spl"),
        ("error | count by host", "sumo"),
        ("_sourceCategory=a", "sumo"),
        ('* | parse "a *" as b | timeslice 1m', "sumo"),
        ('index=a | rex "(?<a>b)" | timechart count', "spl"),
        ('x | where y matches "a*"', "sumo"),
    ],
)
def test_the_language_by_what_only_one_has(query, language):
    assert language_of(query) == language


@pytest.mark.parametrize(
    "body", ["index=a b=1", "stats count by $f$", "search x=1", "if(a=1, $b$, 2)", "a, b c", "count, avg(x) as y", "x=1 | head 3"]
)
def test_bodies_of_macros(body):
    assert check_fragment(Question(body), NOW) is None


def test_a_body_that_fits_nowhere():
    assert check_fragment(Question("where (a"), NOW) is not None
