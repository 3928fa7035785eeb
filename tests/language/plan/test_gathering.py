"""Chains over one field become one membership; nothing else changes."""

from __future__ import annotations

from pilotage.language.plan.expressions import Binary, Field, Literal, Match, Member, Term, Unary
from pilotage.language.plan.gathering import gathered
from pilotage.language.plan.walk import chain

A, B = Field("a"), Field("b")


def is_(field, value):
    return Binary("=", field, Literal(value))


def differs(field, value):
    return Binary("!=", field, Literal(value))


def test_equalities_of_one_field_are_one_membership_at_the_place_of_the_first() -> None:
    whole = chain("OR", [is_(A, 1), is_(B, "x"), is_(A, 2), Member(A, (Literal("3"), Literal(1)))])
    assert gathered("OR", whole, lambda _: True) == [Member(A, (Literal(1), Literal(2), Literal("3"))), is_(B, "x")]


def test_constants_of_different_types_are_different() -> None:
    (member,) = gathered("OR", chain("OR", [is_(A, 1), is_(A, "1"), is_(A, True), is_(A, 1.0)]), lambda _: True)
    assert isinstance(member, Member)
    assert [type(item.value) for item in member.items if isinstance(item, Literal)] == [int, str, bool, float]


def test_exclusions_are_gathered_only_where_a_field_has_one_value() -> None:
    whole = chain("AND", [differs(A, 1), differs(B, 1), differs(A, 2), differs(B, 2)])
    excluded = Unary("NOT", Member(A, (Literal(1), Literal(2))))
    assert gathered("AND", whole, lambda field: field == A) == [excluded, differs(B, 1), differs(B, 2)]


def test_search_conditions_keep_their_case() -> None:
    terms = [Match("a", "=", ("x",)), Match("a", "=", ("Y",), case_sensitive=True), Match("a", "=", ("z", "x")), Term("word")]
    assert gathered("OR", chain("OR", terms), lambda _: True) == [Match("a", "=", ("x", "z")), terms[1], Term("word")]


def test_nulls_fields_and_other_operators_stay() -> None:
    terms = [is_(A, None), Binary("=", A, B), Binary("<", A, Literal(1)), is_(A, 1)]
    assert gathered("OR", chain("OR", terms), lambda _: True) == terms
    assert gathered("AND", chain("AND", [is_(A, 1), is_(A, 2)]), lambda _: True) == [is_(A, 1), is_(A, 2)]
