"""Eval expressions: precedence, quoting, constants, function checks."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Match, Member, Unary
from pilotage.language.plan.walk import chain
from pilotage.language.syntax.context import Vocabulary
from pilotage.language.syntax.evaluation import EvalParser
from pilotage.language.syntax.printing import eval_text
from pilotage.language.syntax.scanner import Scanner
from pilotage.model.problem import PilotageError, Span


@dataclass(frozen=True)
class Signature:
    name: str
    minimum: int
    maximum: int | None
    examples: tuple[tuple[str, str], ...] = ()


VOCABULARY = Vocabulary(
    {
        "if": Signature("if", 3, 3),
        "ceiling": Signature("ceiling", 1, 1),
        "round": Signature("round", 1, 2),
        "ceil": Signature("ceiling", 1, 1),
        "case": Signature("case", 2, None),
    },
    {"dc": Signature("dc", 1, 1)},
)


def read(text: str) -> Expression:
    scanner = Scanner(text)
    result = EvalParser(scanner, VOCABULARY).expression()
    assert scanner.done(), scanner.text_from(0)
    return result


A, B, C = Field("a"), Field("b"), Field("c")
ONE, TWO = Literal(1), Literal(2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1 AND b=1 OR c=1", chain("OR", [chain("AND", [Binary("=", A, ONE), Binary("=", B, ONE)]), Binary("=", C, ONE)])),
        ("a OR b XOR c", Binary("XOR", chain("OR", [A, B]), C)),
        ("NOT a=1 AND b", chain("AND", [Unary("NOT", Binary("=", A, ONE)), B])),
        ("not a and b or c", chain("OR", [chain("AND", [Unary("NOT", A), B]), C])),
        ('"v=" . 1+2', Binary(".", Literal("v="), Binary("+", ONE, TWO))),
        ("a.b", Binary(".", A, B)),
        ("a.b=c", Binary("=", Binary(".", A, B), C)),
        ("a.1", Binary(".", A, ONE)),
        ("'a.b'", Field("a.b")),
        (r"'it\'s'", Field("it's")),
        ("a-b-1", Binary("-", Binary("-", A, B), ONE)),
        ("a-(b-1)", Binary("-", A, Binary("-", B, ONE))),
        ("a+b*2", Binary("+", A, Binary("*", B, TWO))),
        ("-a*b", Binary("*", Unary("-", A), B)),
        ("-5", Literal(-5)),
        ("a - -5", Binary("-", A, Literal(-5))),
        ("+a", A),
        ("a==1", Binary("=", A, ONE)),
        ("a%2", Binary("%", A, TWO)),
        ("1.5e3", Literal(1500.0)),
        (".5", Literal(0.5)),
        ('"5"', Literal("5")),
        (r'"a\"b\\c\d"', Literal('a"b\\c\\d')),
        (r'"\\\\"', Literal("\\\\")),
        ("null()", Literal(None)),
        ("true()", Literal(value=True)),
        ("NULL", Field("NULL")),
        ('a IN ("x", b)', Member(A, (Literal("x"), B))),
        ("in(a, 1, 2)", Member(A, (ONE, TWO))),
        ("a NOT IN (1)", Unary("NOT", Member(A, (ONE,)))),
        ('a LIKE "x%"', Binary("LIKE", A, Literal("x%"))),
        ('a not like "x%"', Unary("NOT", Binary("LIKE", A, Literal("x%")))),
        ("IF(a=1, b, c)", Call("if", (Binary("=", A, ONE), B, C))),
        ("ceil(a)", Call("ceiling", (A,))),
        ("inner", Field("inner")),
        ("a{}.b", Field("a{}.b")),
        ("a.b{0}.c . d", Binary(".", Field("a.b{0}.c"), Field("d"))),
        ("order", Field("order")),
        ("größe", Field("größe")),
        ('searchmatch("a=b*")', Match("a", "=", ("b*",))),
        (r'searchmatch("a=\"b c\"")', Match("a", "=", ("b c",))),
    ],
)
def test_reads(text: str, expected: Expression) -> None:
    assert read(text) == expected
    assert read(eval_text(expected)) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "syntax"),
        ("a +", "syntax"),
        ("(a", "syntax"),
        ("a = = 1", "syntax"),
        ("and", "syntax"),
        ("a IN ()", "syntax"),
        ('"open', "quote-open"),
        ("'open", "quote-open"),
        ("rond(a)", "unknown-function"),
        ("round()", "arguments"),
        ("round(a, 1, 2)", "arguments"),
        ("in(a)", "arguments"),
        ("1e999", "number"),
        ("if(a,b", "syntax"),
        ('searchmatch("(a")', "syntax"),
    ],
)
def test_refuses(text: str, code: str) -> None:
    with pytest.raises(PilotageError) as caught:
        read(text)
    assert caught.value.problem.code == code
    assert caught.value.problem.span is not None


def test_messages_say_what_to_do() -> None:
    with pytest.raises(PilotageError) as caught:
        read("1 + rond(a)")
    assert caught.value.problem.span == Span(4, 8)
    assert caught.value.problem.hint == "did you mean `round`?"
    with pytest.raises(PilotageError, match="takes 1 to 2 arguments, 0 given"):
        read("round()")
    with pytest.raises(PilotageError, match="takes at least 2 arguments, 1 given"):
        read("case(a)")
    with pytest.raises(PilotageError) as caught:
        read("dc(a)")
    assert "aggregate" in (caught.value.problem.hint or "")


@pytest.mark.parametrize("text", ['"x"', "5", "a+1", "a . b", "-a", "-5"])
def test_conditions_must_be_true_or_false(text: str) -> None:
    with pytest.raises(PilotageError, match="condition"):
        EvalParser(Scanner(text), VOCABULARY).condition()


@pytest.mark.parametrize("text", ["a", "a=1", "NOT a", "true()", "null()", "if(a,b,c)"])
def test_conditions_that_may_be(text: str) -> None:
    assert EvalParser(Scanner(text), VOCABULARY).condition()


def test_spans_cover_the_operands() -> None:
    found = read("  a + round(b)")
    assert found.span == Span(2, 14)
