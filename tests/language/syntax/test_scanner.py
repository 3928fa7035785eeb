"""The scanner's quoting and hints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.language.syntax.scanner import Scanner, nearest, quote, unescape
from pilotage.model.problem import PilotageError, Span


@given(st.text(), st.sampled_from(["'", '"']))
def test_quoted_text_reads_back(text: str, mark: str) -> None:
    scanner = Scanner(quote(text, mark) + " more")
    raw = scanner.double() if mark == '"' else scanner.single()
    assert raw is not None
    assert unescape(raw) == text
    assert scanner.text_from(scanner.position - 1) == mark


def test_regular_expressions_keep_their_backslashes() -> None:
    assert unescape(r"\d+\s\.") == r"\d+\s\."
    assert unescape(r"\\\\") == r"\\"


def test_limits_are_kept() -> None:
    scanner = Scanner('ab "c"', 0, 4)
    scanner.position = 3
    with pytest.raises(PilotageError, match="quote-open"):
        scanner.double()
    assert scanner.peek(9) == '"'


def test_unexpected_names_the_word_or_the_end() -> None:
    problem = Scanner("  foo(", 0).unexpected("a number").problem
    assert problem.sentence == "expected a number, found `foo`"
    assert problem.span == Span(2, 5)
    assert "ends" in Scanner("").unexpected("a number").problem.sentence


def test_nearest() -> None:
    assert nearest("STAT", ["stats", "sort"]) == "did you mean `stats`?"
    assert nearest("zzz", ["stats", "sort"]) is None
