"""Which patterns leave RE2, and that what is left for RE2 matches at least as much."""

from __future__ import annotations

import re

import pcre
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.language.plan.regexes import beyond_re2, prefilter

BEYOND = [
    r"(?<=a)b",
    r"a(?!b)",
    r"(a)\1",
    r"a++",
    r"(?>ab)",
    r"\Kx",
    r"(?(1)a|b)",
    r"(?R)",
    r"(?|a|b)",
    r"(?<q>')\k<q>",
    r"a{1001}",
    r"(?x) a",
]
PLAIN = [r"a\+b", r"(?<n>\d+)", r"(?i)x", r"(?:a|b)+?", r"[*+]x", r"\\1", r"a{2,5}", r"\(?=", r"\w+\.\d"]


@pytest.mark.parametrize("pattern", BEYOND)
def test_patterns_beyond_re2_are_known(pattern: str) -> None:
    assert beyond_re2(pattern)


@pytest.mark.parametrize("pattern", PLAIN)
def test_plain_patterns_stay_with_re2(pattern: str) -> None:
    assert not beyond_re2(pattern)


@pytest.mark.parametrize(
    ("pattern", "filtered"),
    [
        (r"(?<=user=)(?<u>\w+)", r"(\w+)"),
        (r"(a+)\1", r"(a+)(?s:.*)"),
        (r"a++b", "a+b"),
        (r"[^)(]*(?>ab|c)", "[^)(]*(?:ab|c)"),
        (r"a(?=[)])b", "ab"),
        (r"a\Kb", ""),
        (r"(a(?=x)", ""),
        (r"a(?=x)*", ""),
    ],
)
def test_prefilter(pattern: str, filtered: str) -> None:
    assert prefilter(pattern) == filtered


ATOMS = st.sampled_from(
    ["a", "b", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)", "a++", "b*+", "(?>ab|a)", "(a|b)", "[ab]", "\\w", "$", ".", "a{1,2}", "(?<n>a)"]
)


@given(st.lists(ATOMS, min_size=1, max_size=5).map("".join), st.text("ab\n", max_size=6))
def test_what_pcre_finds_the_prefilter_finds(pattern: str, text: str) -> None:
    filtered = prefilter(pattern).replace(r"\z", r"\Z")
    if pcre.compile(f"(?J){pattern}").search(text) is not None:
        assert re.search(filtered, text) is not None
