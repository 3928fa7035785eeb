"""Ranked causes: what differs only in its names is one cause."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pilotage.cli.causes import ranked


def test_names_of_one_cause_are_ranked():
    found = ranked(
        {
            "unknown-command: no command `rest`": ["a", "b"],
            "unknown-command: no command `from`": ["c"],
            "syntax: the text ends": ["d"],
            "unknown-option: `head` has no option `x`": ["e"],
            "unknown-option: `head` has no option `y`": ["f"],
        }
    )
    assert [cause.line() for cause in found] == [
        "     3  unknown-command: no command `…`: `rest` 2, `from` 1  (such as a)",
        "     2  unknown-option: `head` has no option `…`: `x` 1, `y` 1  (such as e)",
        "     1  syntax: the text ends  (such as d)",
    ]


def test_many_names_are_cut():
    found = ranked({f"no: `n{k}`": ["x"] for k in range(9)})
    assert found[0].line().endswith("`n5` 1, 3 more  (such as x)")


@given(st.dictionaries(st.text(alphabet="`ab \n…", max_size=12), st.lists(st.text(max_size=3), min_size=1, max_size=3), max_size=8))
def test_no_query_is_lost(causes):
    found = ranked(causes)
    assert sorted(each for cause in found for each in cause.ids) == sorted(each for ids in causes.values() for each in ids)
    assert [len(cause.ids) for cause in found] == sorted((len(cause.ids) for cause in found), reverse=True)
