"""Patterns: taking apart and putting together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.language.plan.patterns import has_wildcard, pattern_of, pieces


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("", ("",)),
        ("a", ("a",)),
        ("a*b", ("a", "b")),
        ("*", ("", "")),
        (r"a\*b", ("a*b",)),
        (r"C:\Users", (r"C:\Users",)),
        (r"\\*", ("\\", "")),
    ],
)
def test_pieces(pattern: str, parts: tuple[str, ...]) -> None:
    assert pieces(pattern) == parts


@given(st.lists(st.text(st.sampled_from("ab*\\"), max_size=6), min_size=1, max_size=4).map(tuple))
def test_any_parts_survive(parts: tuple[str, ...]) -> None:
    assert pieces(pattern_of(parts)) == parts
    assert has_wildcard(pattern_of(parts)) == (len(parts) > 1)


@given(st.text(st.sampled_from("ab*\\"), max_size=8))
def test_canonical_form_is_stable(pattern: str) -> None:
    once = pattern_of(pieces(pattern))
    assert pattern_of(pieces(once)) == once
