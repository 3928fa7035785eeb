"""A rule that cannot work is refused at the start, by name and place; and every column that senders fill is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from pilotage.engine.loading.columns import JSONS, LISTS, TEXTS
from pilotage.model.problem import PilotageError
from pilotage.model.rules import Extraction, Redaction

BAD = [
    (Redaction("r", pattern="("), "does not compile"),
    (Redaction("r", pattern="a*"), "matches an empty text"),
    (Redaction("r", pattern=r"\b"), "matches an empty text"),
    (Redaction("r", pattern="(?=a)"), "look-around"),
    (Redaction("r", pattern="a", fields=("b",)), "exactly one of"),
    (Redaction("r"), "exactly one of"),
    (Redaction("r", pattern="(a)", replacement=r"\2"), r"the group `\2`"),
    (Redaction("r", pattern="a", action="hash"), "needs a key"),
    (Redaction("r", pattern="a", action="hash", key_env="NO_SUCH_KEY_HERE"), "no key of at least 16 bytes"),
    (Redaction("r", pattern="a", action="hash", key_file="/no/such/file"), "cannot be read"),
    (Redaction("r", pattern="a", key_env="X"), "only the action `hash`"),
    (Redaction("r", fields=("_time",)), "cannot be hidden"),
    (Redaction("r", fields=(" ",)), "is empty"),
    (Redaction("r", keep=("a",), action="drop"), "`keep` takes no action"),
    (Redaction("r", pattern="a", scope="level=x"), "names `level`"),
    (Redaction("r", pattern="a", scope="index>x"), "compares `index`"),
    (Redaction("r", pattern="a", scope="(index=x"), "cannot be read"),
    (Extraction("r", "regex", pattern="a"), "no named group"),
    (Extraction("r", "regex"), "needs a `pattern`"),
    (Extraction("r", "json", fields=("a",), keys=("a..b",)), "the JSON path"),
    (Extraction("r", "json", fields=("a", "A")), "the same name"),
    (Extraction("r", "anchor", pattern="a * b *", fields=("x",)), "2 `*` for 1 fields"),
    (Extraction("r", "csv", fields=("a",), delimiter="||"), "one character"),
    (Extraction("r", "csv", fields=("a",), numbers=("b",)), "does not extract"),
    (Extraction("r", "keyvalue", fields=("index",)), "cannot be set"),
]


@pytest.mark.parametrize(("rule", "words"), BAD)
def test_a_bad_rule_is_named(compiled: Any, rule: Redaction | Extraction, words: str) -> None:
    with pytest.raises(PilotageError) as caught:
        compiled(rule)
    assert caught.value.problem.code == "bad-rule"
    assert words in caught.value.problem.sentence
    assert caught.value.problem.sentence.startswith(("redact" if isinstance(rule, Redaction) else "extract") + "[1] `r`: ")


def test_two_rules_of_one_name(compiled: Any) -> None:
    with pytest.raises(PilotageError, match=r"redact\[2\] has the name `r`"):
        compiled(Redaction("r", pattern="a"), Redaction("r", pattern="b"))


# What the server makes itself, ids that are checked, and numbers as text.
OWN = {"index", "body_type", "trace_id", "span_id", "parent_span_id", "kind", "status", "number", "type", "temporality", "distribution"}


def test_every_text_column_is_covered(store: Any) -> None:
    columns = store.backend.rows(
        "SELECT table, name FROM system.columns WHERE database = 'pilotage' AND table IN ('logs', 'spans', 'points') "
        "AND position(type, 'String') > 0"
    )
    for table in TEXTS:
        covered = {*TEXTS[table], *JSONS[table], *LISTS, *OWN}
        assert {str(name) for of, name in columns if of == table} <= covered
