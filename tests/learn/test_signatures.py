"""Signatures of texts: values are left out, order does not matter, too many texts are told."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.learn import signatures as module
from pilotage.learn.signatures import OTHERS, masked, signatures


def test_values_are_left_out() -> None:
    texts = [
        "2026-01-05T10:00:00.123Z job 12 of 0x7f on 10.0.0.1:80 done",
        "Mon, Jan 5 10:00:00 at https://h/x?y=1 id 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        None,
    ]
    found = masked(pa.array(texts)).to_pylist()
    assert found == ["$DATE job * of * on * done", "$DATE $DATE at $URL id *", None]


def test_lines_that_differ_in_a_word_share_a_pattern() -> None:
    found = signatures(pa.array(["user ann logged in", "user bo logged in", "disk is full", None]))
    assert [found.patterns[n] if n >= 0 else None for n in found.numbers] == ["user * logged in"] * 2 + ["disk is full", None]
    assert found.cut == 0


def test_too_many_texts_count_as_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    found = signatures(pa.array(["a b", "a b", "c d e", "f"]))
    assert [found.patterns[n] for n in found.numbers] == ["a b", "a b", OTHERS, OTHERS]
    assert found.cut == 2


def test_no_texts() -> None:
    found = signatures(pa.array([], pa.string()))
    assert len(found.numbers) == 0
    assert found.patterns == ()


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text('ab 1\n{"}', max_size=12)), max_size=12))
def test_each_text_has_one_and_the_order_does_not_matter(texts: list[str | None]) -> None:
    found, turned = signatures(pa.array(texts, pa.string())), signatures(pa.array(texts[::-1], pa.string()))
    assert [n >= 0 for n in found.numbers] == [text is not None for text in texts]
    assert [found.patterns[n] for n in found.numbers if n >= 0] == [turned.patterns[n] for n in turned.numbers[::-1] if n >= 0]
