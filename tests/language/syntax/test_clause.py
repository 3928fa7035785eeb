"""Search clauses: words, values, precedence, quoting."""

from __future__ import annotations

import pytest

from pilotage.language.plan.expressions import Expression, Match, Term, Unary
from pilotage.language.plan.walk import chain
from pilotage.language.syntax.clause import ClauseParser
from pilotage.language.syntax.scanner import Scanner
from pilotage.model.problem import PilotageError, Span


def read(text: str) -> Expression:
    return ClauseParser(Scanner(text)).clause()


def eq(field: str, *values: str) -> Match:
    return Match(field, "=", values)


A, B, C = eq("a", "1"), eq("b", "1"), eq("c", "1")


def test_or_binds_tighter_than_and() -> None:
    assert read("a=1 AND b=1 OR c=1") == chain("AND", [A, chain("OR", [B, C])])
    assert read("a=1 b=1 OR c=1") == read("a=1 AND b=1 OR c=1")
    assert read("(a=1 b=1) OR c=1") == chain("OR", [chain("AND", [A, B]), C])


def test_not_binds_tightest() -> None:
    assert read("NOT a=1 OR b=1") == chain("OR", [Unary("NOT", A), B])
    assert read("NOT (a=1 OR b=1)") == Unary("NOT", chain("OR", [A, B]))
    assert read("NOT NOT a=1") == Unary("NOT", Unary("NOT", A))


def test_unequal_is_not_a_negation() -> None:
    assert read("a!=1") == Match("a", "!=", ("1",))
    assert read("NOT a=1") == Unary("NOT", A)


def test_operators_are_upper_case() -> None:
    assert read("or") == Term("or")
    assert read("this and that") == chain("AND", [Term("this"), Term("and"), Term("that")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("error", Term("error")),
        ("fail*", Term("fail*", wildcard=True)),
        ('"out of memory"', Term("out of memory")),
        ('"say \\"hi\\""', Term('say "hi"')),
        ("don't", Term("don't")),
        ("10.0.0.1", Term("10.0.0.1")),
        ("fe80::1", Term("fe80::1")),
        ("TERM(10.0.0.1)", Term("10.0.0.1", exact_token=True)),
        ('TERM("a b")', Term("a b", exact_token=True)),
        ("CASE(Foo*)", Term("Foo*", wildcard=True, case_sensitive=True)),
        ("a = 1", A),
        ("a==1", A),
        ('"a b"="c d"', eq("a b", "c d")),
        ('a=""', eq("a", "")),
        ('a!=""', Match("a", "!=", ("",))),
        ("a=*", eq("a", "*")),
        ('a=*"b c"*', eq("a", "*b c*")),
        ("a<=5", Match("a", "<=", ("5",))),
        ("url=http://x/?q=1&r=2", eq("url", "http://x/?q=1&r=2")),
        ("host::web1", eq("host", "web1")),
        ("_sourceCategory=prod/*", eq("sourcetype", "prod/*")),
        ("_index=main", eq("index", "main")),
        ("a=CASE(Foo)", Match("a", "=", ("Foo",), case_sensitive=True)),
        ('a IN (1, b*, "c d")', eq("a", "1", "b*", "c d")),
        ("a IN (1 2)", eq("a", "1", "2")),
        ("a in (1)", A),
        ('"a b" IN (1,2)', eq("a b", "1", "2")),
        ("a NOT IN (1,2)", Unary("NOT", eq("a", "1", "2"))),
        (r'path="C:\\Windows\\*.exe"', eq("path", r"C:\Windows\\*.exe")),
        (r"path=C:\Windows", eq("path", r"C:\Windows")),
        (r"a=*\"b\":true*", eq("a", '*"b":true*')),
        (r"say\"hi\"", Term('say"hi"')),
    ],
)
def test_terms(text: str, expected: Expression) -> None:
    assert read(text) == expected


def test_commas_separate() -> None:
    assert read("a=1, b=1") == chain("AND", [A, B])


def test_spans_point_at_the_words() -> None:
    found = read("  a = 1")
    assert found.span == Span(2, 7)


@pytest.mark.parametrize(
    "text", ["", "a=", "a=1 OR", "OR a", "NOT", "(a", "a)", "a IN ()", "a IN (1", "=5", "TERM()", 'a="x', "AND", "a=(1 OR 2)", "a>"]
)
def test_refuses(text: str) -> None:
    with pytest.raises(PilotageError) as caught:
        read(text)
    assert caught.value.problem.code in ("syntax", "quote-open")
    assert caught.value.problem.span is not None


def test_several_values_are_hinted() -> None:
    with pytest.raises(PilotageError) as caught:
        read("a=(1 OR 2)")
    assert caught.value.problem.hint == "for one of several values write `a IN (a, b)`"
