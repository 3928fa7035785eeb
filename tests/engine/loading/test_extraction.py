"""Extraction rules: every kind, all fields or none, numbers, precedence and scope."""

from __future__ import annotations

from typing import Any

import pytest

from pilotage.engine.trial import Origin, trial
from pilotage.model.rules import Extraction, Redaction

CASES = [
    (Extraction("x", "anchor", pattern="user=* took * ms", fields=("user", "ms")), "a user=bob took 12 ms.", {"user": "bob", "ms": "12"}),
    (Extraction("x", "anchor", pattern="user=* ms=*", fields=("user", "ms")), "user= ms=1 2 3", {"user": "", "ms": "1 2 3"}),
    (Extraction("x", "anchor", pattern="(a.b) *;", fields=("v",)), "(a.b) 1; (axb) 2;", {"v": "1"}),
    (Extraction("x", "anchor", pattern="user=* ms=*", fields=("user", "ms")), "user=bob", {}),
    (Extraction("x", "regex", pattern=r"(?<verb>[A-Z]+) (?<path>/\S*)(?: (?<code>\d+))?"), "GET /a", {}),
    (
        Extraction("x", "regex", pattern=r"(?<verb>[A-Z]+) (?<path>/\S*)(?: (?<code>\d+))?", nodrop=True),
        "GET /a",
        {"verb": "GET", "path": "/a"},
    ),
    (
        Extraction("x", "json", fields=("u", "n"), keys=("user.id", "list[1]['a.b']")),
        '{"user":{"id":7},"list":[0,{"a.b":"x\\"y"}]}',
        {"u": "7", "n": 'x"y'},
    ),
    (Extraction("x", "json", fields=("u", "missing"), keys=("user", "no")), '{"user":"x"}', {}),
    (Extraction("x", "json", fields=("u", "missing"), keys=("user", "no"), nodrop=True), '{"user":"x"}', {"u": "x"}),
    (Extraction("x", "keyvalue", fields=("user", "q")), 'at=1 USER=bob, q="a b" superuser=no', {"user": "bob", "q": "a b"}),
    (Extraction("x", "keyvalue", fields=("u",), keys=("user",), delimiter="->"), "user->bob;x", {"u": "bob"}),
    (Extraction("x", "csv", fields=("a", "b", "c")), '1,"two, ""2""",', {"a": "1", "b": 'two, "2"', "c": ""}),
    (Extraction("x", "csv", fields=("a", "b"), delimiter="|"), "1", {}),
    (Extraction("x", "csv", fields=("a", "b"), delimiter="|", nodrop=True), "1", {"a": "1"}),
]


@pytest.mark.parametrize(("rule", "line", "fields"), CASES)
def test_fields(compiled: Any, rule: Extraction, line: str, fields: dict[str, str]) -> None:
    (outcome,) = trial(compiled(rule), [line], Origin())
    assert outcome.after is not None
    own = outcome.before.fields
    assert {k: v for k, v in outcome.after.fields.items() if k not in own} == fields
    assert outcome.rules == (["x"] if fields else [])


def test_an_extracted_field_wins_over_one_of_the_same_name(compiled: Any) -> None:
    rule = Extraction("x", "json", fields=("USER",), keys=("real",))
    (outcome,) = trial(compiled(rule), ['{"user":"shown","real":"true"}'], Origin())
    assert outcome.after is not None
    assert outcome.after.fields == {"real": "true", "USER": "true"}


def test_the_first_rule_that_finds_a_field_sets_it(compiled: Any) -> None:
    rules = compiled(*(Extraction(word, "anchor", pattern=f"{word}=*;", fields=("v",)) for word in ("a", "b")))
    (outcome,) = trial(rules, ["b=2; a=1;"], Origin())
    assert outcome.after is not None
    assert outcome.after.fields == {"v": "1"}


def test_types_of_numbers_and_json_are_kept(compiled: Any, store: Any) -> None:
    rules = compiled(
        Extraction("t", "anchor", pattern="a=* b=* c=*;", fields=("a", "b", "c"), numbers=("a", "b")),
        Extraction("j", "json", fields=("x", "y", "z"), keys=("i", "d", "l"), nodrop=True),
    )
    wrapping = rules.wrapping("logs", ["index", "body"])
    source = "(SELECT 'main' AS c_index, arrayJoin(['a=1 b=2.5 c=3;', '{\"i\":1,\"d\":1.5,\"l\":[true]}']) AS c_body)"
    for level in wrapping.levels:
        source = f"(SELECT *, {', '.join(level)} FROM {source})"
    assert store.backend.rows(f"SELECT {wrapping.columns['attribute_types']} FROM {source}") == [("ids",), ("ida",)]


def test_a_scope_and_what_was_hidden_first(compiled: Any) -> None:
    rules = compiled(
        Redaction("m", pattern=r"\d{4}"), Extraction("x", "anchor", pattern="card *;", fields=("card",), scope="_sourceCategory=pay* card")
    )
    inside, outside = (trial(rules, ["card 1234;"], Origin(sourcetype=s))[0].after for s in ("payments", "other"))
    assert inside is not None
    assert outside is not None
    assert (inside.fields, outside.fields) == ({"card": "***"}, {})
    assert inside.text == "card ***;"
