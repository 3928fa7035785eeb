"""Macros: text for text, arguments, nesting, comments; positions lead back to the call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.language.catalogue import KnownObjects, Macro
from pilotage.language.dialects import spl
from pilotage.language.dialects.macros import expanded
from pilotage.model.problem import PilotageError, Span

KNOWN = KnownObjects(
    {
        "errors": Macro("index=main (status>=500 OR level=error)"),
        "drop(1)": Macro('rename "$object$.*" AS *', ("object",)),
        "pair(2)": Macro("$a$=$b$ `errors`", ("a", "b")),
        "loop": Macro("x `loop`"),
        "noted": Macro("host=a ```not seen ` here```"),
        "name": Macro('"web"."01"', evaluated=True),
        "name(1)": Macro('"web"."$n$"', ("n",), evaluated=True),
        "piped": Macro("stats count BY host | sort - count"),
    }
)


def text_of(query: str) -> str:
    return expanded(query, KNOWN, spl.vocabulary()).text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("`errors` | head 5", "index=main (status>=500 OR level=error) | head 5"),
        ('a | `drop("Processes")`', 'a | rename "Processes.*" AS *'),
        ("`pair(x, y)`", "x=y index=main (status>=500 OR level=error)"),
        ('`pair("a,b", f(1,2))`', "a,b=f(1,2) index=main (status>=500 OR level=error)"),
        ("index=main host=`name`", "index=main host=web01"),
        ("host=`name(7)`", "host=web7"),
        ("`noted` x", "host=a " + " " * len("```not seen ` here```") + " x"),
        ('"`errors`"', '"`errors`"'),
        ('a `comment("older apps say this")` b', "a  b"),
        ("index=main | `piped`", "index=main | stats count BY host | sort - count"),
    ],
)
def test_expansion(query: str, text: str) -> None:
    assert text_of(query) == text


@pytest.mark.parametrize(
    ("query", "code", "span"),
    [
        ("a `errs` b", "macro-unknown", Span(2, 8)),
        ("a `errors(1)` b", "macro-unknown", Span(2, 13)),
        ("a `loop`", "macro-recursion", Span(2, 8)),
        ("a `errors", "macro-open", Span(2, 3)),
    ],
)
def test_refusals(query: str, code: str, span: Span) -> None:
    with pytest.raises(PilotageError) as caught:
        text_of(query)
    assert (caught.value.problem.code, caught.value.problem.span) == (code, span)


def test_an_error_inside_a_macro_points_at_its_call() -> None:
    context = spl.context(0, knowledge=KnownObjects({"bad": Macro("stats medain(x)")}))
    with pytest.raises(PilotageError) as caught:
        spl.parse("index=main | `bad` | head 5", context)
    assert caught.value.problem.code == "unknown-function"
    assert caught.value.problem.span == Span(13, 18)


def test_an_error_behind_a_macro_points_where_it_stands() -> None:
    with pytest.raises(PilotageError) as caught:
        spl.parse("`errors` | stats medain(x)", spl.context(0, knowledge=KNOWN))
    assert caught.value.problem.span == Span(17, 23)


@given(st.text(alphabet='ab`"\\ ()$,|[]', max_size=40))
def test_any_text_expands_or_is_refused_with_a_place_in_it(query: str) -> None:
    try:
        expansion = expanded(query, KNOWN, spl.vocabulary())
    except PilotageError as error:
        span = error.problem.span
        assert span is None or 0 <= span.start <= span.end <= len(query) + 1
        return
    back = expansion.back(Span(0, len(expansion.text)))
    assert 0 <= back.start <= back.end <= len(query)
