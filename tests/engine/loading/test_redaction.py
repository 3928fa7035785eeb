"""Redaction in the engine equals a model in Python, over random texts and patterns, and leaves no match behind."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotage.engine.trial import Event, Origin, Outcome, trial
from pilotage.model.rules import Redaction

KEY = "0123456789abcdef0123456789abcdef"
PATTERNS = (r"a+b", r"\bkey\b", r"^b[a-c]", r"c$", r"(?i)Secret\d*", r"[0-9]{3,}", r"x(.)y", r"é|/", r'"b"', r"a.b", r"\Aab")
TEXTS = st.lists(
    st.sampled_from(("a", "b", "c", "key", "secret1", "SECRET", "123", "4567", "x-y", "é", "/", " ", '"b"', "\\", "-")), max_size=8
)
RELAXED = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULES_KEY", KEY)


def digest(text: str) -> str:
    return "hmac:" + hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def tried(rules: Any, *lines: str, **origin: str) -> list[Outcome]:
    return trial(rules, lines, Origin(**origin))


def after(rules: Any, line: str, **origin: str) -> Event:
    (outcome,) = tried(rules, line, **origin)
    assert outcome.after is not None
    return outcome.after


@RELAXED
@given(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3, unique=True), st.lists(TEXTS, min_size=1, max_size=6))
def test_masked_texts_equal_the_model(compiled: Any, patterns: list[str], texts: list[list[str]]) -> None:
    rules = compiled(*(Redaction(f"r{n}", pattern=pattern, replacement=f"<{n}>") for n, pattern in enumerate(patterns)))
    lines = [line for line in map("".join, texts) if line.strip() and not line.lstrip().startswith("{")]
    for line, outcome in zip(lines, tried(rules, *lines), strict=True):
        wanted = line
        for number, pattern in enumerate(patterns):
            wanted = re.sub(pattern, f"<{number}>", wanted, flags=re.DOTALL | re.ASCII)
        assert outcome.after == Event(wanted, {})
        assert (outcome.rules != []) == (wanted != line) or outcome.rules


@RELAXED
@given(st.sampled_from(PATTERNS), st.lists(TEXTS, min_size=1, max_size=6))
def test_hashed_texts_equal_the_model(compiled: Any, pattern: str, texts: list[list[str]]) -> None:
    rules = compiled(Redaction("h", pattern=pattern, action="hash", key_env="RULES_KEY"))

    def replacement(found: re.Match[str]) -> str:
        return found[0].replace(found[1], digest(found[1])) if found.groups() else digest(found[0])

    lines = [line for line in map("".join, texts) if line.strip()]
    for line, outcome in zip(lines, tried(rules, *lines), strict=True):
        assert outcome.after == Event(re.sub(pattern, replacement, line, flags=re.DOTALL | re.ASCII), {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9999, 9999) | TEXTS.map("".join),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("p", "q", "secret", "a/b")), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(("p", "q", "secret", "user.secret", "a/b")), JSON, min_size=1, max_size=4)


def hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "***" if k.split(".")[-1] == "secret" else hidden(v) for k, v in value.items()}
    return [hidden(each) for each in value] if isinstance(value, list) else value


@RELAXED
@given(OBJECTS, st.booleans())
def test_named_members_are_hidden_at_any_depth(compiled: Any, document: dict[str, Any], ascii_only: bool) -> None:
    rules = compiled(Redaction("n", fields=("secret",)))
    shown = after(rules, json.dumps(document, ensure_ascii=ascii_only))
    assert json.loads(shown.text) == hidden(document)
    assert {name: text for name, text in shown.fields.items() if "secret" in name} == {k: "***" for k in document if "secret" in k}


@RELAXED
@given(OBJECTS)
def test_dropped_members_are_gone_and_the_rest_stays(compiled: Any, document: dict[str, Any]) -> None:
    rules = compiled(Redaction("n", fields=("secret",), action="drop"))
    shown = after(rules, json.dumps(document))

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: without(v) for k, v in value.items() if k.split(".")[-1] != "secret"}
        return [without(each) for each in value] if isinstance(value, list) else value

    assert json.loads(shown.text) == without(document)
    assert not any("secret" in name for name in shown.fields)


@RELAXED
@given(OBJECTS)
def test_a_pattern_finds_what_json_escapes(compiled: Any, document: dict[str, Any]) -> None:
    escaped = json.dumps(document | {"q": "SECRET9"}).replace("SECRET9", "\\u0053\\u0045CRET9")
    shown = after(compiled(Redaction("p", pattern="SECRET9")), escaped)
    assert json.loads(shown.text)["q"] == "***"
    assert shown.fields["q"] == "***"


def test_a_value_too_deep_for_the_pattern_takes_everything_with_it(compiled: Any) -> None:
    deep = json.dumps({"secret": eval("[" * 12 + "'hidden'" + "]" * 12), "b": 1})
    assert "hidden" not in str(after(compiled(Redaction("n", fields=("secret",))), deep))


def test_a_number_that_is_hidden_becomes_a_text_in_valid_json(compiled: Any) -> None:
    shown = after(compiled(Redaction("n", pattern="[0-9]{6}")), '{"a":[123456],"b":1}')
    assert shown.text == '{"a":["***"],"b":1}'


def test_keep_lists_leave_only_what_they_name(compiled: Any) -> None:
    rules = compiled(Redaction("k", keep=("a", "c.*"), scope="sourcetype=app"))
    line = '{"a":{"x":1},"b":2,"c.d":3,"d":{"a":4}}'
    assert after(rules, line, sourcetype="app") == Event('{"a":{"x":1},"c.d":3}', {"a": '{"x":1}', "c.d": "3"})
    assert after(rules, "plain text", sourcetype="app").text == ""
    assert after(rules, line, sourcetype="other").text == line


def test_events_are_dropped_in_scope_and_nowhere_else(compiled: Any) -> None:
    rules = compiled(Redaction("d", pattern="health.?check", action="drop", scope="_sourceCategory=prod/* NOT host=keep*"))
    assert tried(rules, "GET /healthcheck", sourcetype="prod/web")[0].after is None
    assert after(rules, "GET /healthcheck", sourcetype="prod/web", host="keeper").text == "GET /healthcheck"
    assert after(rules, "GET /healthcheck", sourcetype="dev").text == "GET /healthcheck"
    assert after(rules, "GET /healthcheck", sourcetype="prod/web", index="_internal").text == "GET /***"


def test_a_scope_does_not_save_what_dead_letters_quote(compiled: Any) -> None:
    rules = compiled(Redaction("m", pattern="hunter2", scope="index=secret"))
    assert after(rules, "pw hunter2", index="other").text == "pw hunter2"
    for index in ("secret", "_dead_letter", "_internal"):
        assert after(rules, "pw hunter2", index=index).text == "pw ***"


def test_names_of_fixed_fields_hide_their_columns(compiled: Any, store: Any) -> None:
    wrapping = compiled(Redaction("h", fields=("host",), action="hash", key_env="RULES_KEY")).wrapping("logs", ["index", "host", "body"])
    levels = "(SELECT 'main' AS c_index, 'web-1' AS c_host, '' AS c_body)"
    for level in wrapping.levels:
        levels = f"(SELECT *, {', '.join(level)} FROM {levels})"
    assert store.backend.rows(f"SELECT {wrapping.columns['host']} FROM {levels}") == [(digest("web-1"),)]


def test_texts_of_unknown_origin_are_scrubbed_or_withheld(compiled: Any) -> None:
    rules = compiled(Redaction("m", pattern="hunter2", scope="index=secret"), Redaction("d", pattern="drop me", action="drop"))
    assert rules.scrubbed([b"\xff hunter2 \x00", b"", b"then drop me"]) == [b"\xff *** \x00", b"", b"then ***"]
    named = compiled(Redaction("n", fields=("password",)))
    quiet, withheld = named.scrubbed([b"nothing", b"my_password is x"])
    assert quiet == b"nothing"
    assert withheld.startswith(b"withheld")
    assert compiled(Redaction("k", keep=("a",))).scrubbed([b"x"])[0].startswith(b"withheld")


def test_an_error_that_quotes_the_statement_does_not_tell_the_key(compiled: Any) -> None:
    rules = compiled(Redaction("h", pattern="x", action="hash", key_env="RULES_KEY"))
    block = rules.rules[0].key.inner
    assert block.encode() not in rules.scrubbed([f"In scope SELECT unhex('{block}')".encode()])[0]
