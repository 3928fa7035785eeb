"""A pattern without its look-around finds the same groups first, as the backtracking engine finds them with it."""

from __future__ import annotations

import re

import pcre
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pilotage.language.plan.lookarounds import eased
from pilotage.language.plan.regexes import beyond_re2

SAID = {
    r"(?<=a)(?<n>b)": r"(?:a)(?<n>b)",
    r"(?<n>\d+)(?= ms)": r"(?<n>\d+)(?: ms)",
    r"(?i)(?<!x)(?<n>\w+)(?!\d)": r"(?i)(?:\A|[^x])(?<n>\w+)(?:\D|\z)",
    r"a(?!bc)": r"a(?:[^b]|b(?:[^c]|\z)|\z)",
    r"(?<!ab)(?<n>c)": r"(?:\A(?s:.){0,1}?|[^a](?s:.){1}|a[^b])(?<n>c)",
    r"(?<n>.*?)(?=\s|$)": r"(?<n>.*?)(?:\s|$)",
    r"(?<=[ab]\.)(?<n>c)(?![^c])": r"(?:[ab]\.)(?<n>c)(?:[c]|\z)",
}
NOT_SAID = [
    r"(?<=a)b|c",
    r"(?<=a|bc)d",
    r"(?<=\ba)d",
    r"a(?=(b))",
    r"(?=a)b",
    r"a(?!b)c",
    r"(a)\1",
    r"(?<!.)a",
    r"a(?!$)",
    r"(?<a>(?=x)",
    r"(?<a>x(?=y",
    r"(?=a)",
    r"(?<=a)?b",
    r"a(?=b)*",
]


@pytest.mark.parametrize("pattern", SAID)
def test_said(pattern):
    assert eased(pattern) == SAID[pattern]


@pytest.mark.parametrize("pattern", NOT_SAID)
def test_not_said(pattern):
    assert eased(pattern) is None


PIECES = st.sampled_from(["a", "b", "\\d", "\\w", "[ab]", "[^a]", "\\s", "\\.", "1", "[^\\d]", "x"])
BODIES = st.sampled_from(
    [
        "(?<n>a+)",
        "(?<n>\\w*?)",
        "(?<n>[ab]*)(?<m>1?)",
        "a?(?<n>.)",
        "(?<n>\\d+|a)",
        "(?<n>(?:a|ab)(?:b|1)*)",
        "^(?<n>.*)",
        "(?<n>.+?)b",
        "\\b(?<n>\\w+)",
    ]
)
TEXTS = st.text(alphabet="aab11 .x\n\u00e9", max_size=12)


LOOKS = st.tuples(
    st.sampled_from(["", "(?<=", "(?<!"]),
    PIECES,
    PIECES | st.just(""),
    BODIES,
    st.sampled_from(["", "(?=", "(?!"]),
    PIECES,
    PIECES | st.just(""),
)


def written(look):
    before, one, two, body, after, end, extra = look
    first = f"{before}{one}{two})" if before else ""
    return first + body + (f"{after}{end}{extra})" if after else "")


@settings(max_examples=500, deadline=None)
@given(LOOKS, st.booleans(), st.lists(TEXTS, min_size=1, max_size=8))
@example(("(?<!", "a", "", "(?<n>a+)", "", "a", ""), False, ["aab", "baa", "a"])
def test_the_first_match_is_the_same(look, folded, texts):
    pattern = "(?i)" * folded + written(look)
    simpler = eased(pattern)
    if simpler is None:
        return
    assert not beyond_re2(simpler)
    first = pcre.compile(f"(*UTF)(?J){pattern}", flags=pcre.ASCII)
    second = re.compile(simpler.replace("(?<n>", "(?P<n>").replace("(?<m>", "(?P<m>").replace("\\z", "\\Z"), re.ASCII)
    for text in texts:
        mine, theirs = second.search(text), first.search(text)
        assert (mine is None) == (theirs is None), text
        if mine is not None and theirs is not None:
            assert mine.groupdict() == {name: theirs.group(name) for name in mine.groupdict()}, text
