"""Groups of texts that are alike, against a reading of the rule text by text."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.learn.similarity import MATCHES, groups, parts_of

WORDS = re.compile(r"\s+")


def plainly(texts, threshold):
    firsts, found = [], []
    for parts in texts:
        shares = [len(set(parts) & set(first)) / max(len(parts), len(first), 1) for first in firsts]
        if not parts and [] in firsts:
            found.append(firsts.index([]))
        elif parts and shares and max(shares) >= threshold:
            found.append(shares.index(max(shares)))
        else:
            firsts.append(parts)
            found.append(len(firsts) - 1)
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("ab c", max_size=14), max_size=25), st.sampled_from(MATCHES), st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_each_joins_the_most_alike_group(texts, match, threshold):
    parts = [parts_of(text, match, WORDS) for text in texts]
    assert groups(parts, threshold, lambda: None).tolist() == plainly(parts, threshold)


def test_parts():
    assert parts_of("a b a", "termlist", WORDS) == ["0 a", "1 b", "2 a"]
    assert parts_of("a b a", "termset", WORDS) == ["a", "b"]
    assert parts_of("abcd", "ngramset", WORDS) == ["abc", "bcd"]
    assert parts_of("ab", "ngramset", WORDS) == ["ab"]
