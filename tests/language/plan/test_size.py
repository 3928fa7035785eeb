"""The most a query may hold, said with the count and the limit before anything is planned."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.size import MOST_FIELDS, MOST_KEYS, MOST_TERMS
from pilotage.model.problem import PilotageError

CONTEXT = spl.context(now=1_767_607_200_000_000_000)


def words(count):
    return " OR ".join(f"w{number}" for number in range(count))


def names(count):
    return ", ".join(f"f{number}" for number in range(count))


@pytest.mark.parametrize(
    ("query", "count", "limit"),
    [
        (f"index=main {words(MOST_TERMS + 1)}", MOST_TERMS + 1, MOST_TERMS),
        (f"index=main {words(MOST_TERMS - 1)} | where a=1 OR len(b)=2", MOST_TERMS + 2, MOST_TERMS),
        (f"index=main | table {names(MOST_FIELDS + 1)}", MOST_FIELDS + 1, MOST_FIELDS),
        (f"index=main | stats count by {names(MOST_KEYS + 1)}", MOST_KEYS + 1, MOST_KEYS),
        (f"index=main | dedup {names(MOST_KEYS + 1)}", MOST_KEYS + 1, MOST_KEYS),
        (f"index=main | sort {names(MOST_KEYS + 1)}", MOST_KEYS + 1, MOST_KEYS),
        (f"index=main | top {names(MOST_KEYS)} by g", MOST_KEYS + 1, MOST_KEYS),
    ],
)
def test_a_query_beyond_a_limit_is_refused_with_both_numbers(query, count, limit) -> None:
    with pytest.raises(PilotageError) as caught:
        spl.parse(query, CONTEXT)
    assert caught.value.problem.code == "query-too-large"
    assert str(count) in caught.value.problem.sentence
    assert str(limit) in caught.value.problem.sentence
    assert caught.value.problem.hint


def test_what_reaches_a_limit_is_planned() -> None:
    spl.parse(f"index=main {words(MOST_TERMS)} | sort {names(MOST_KEYS)}", CONTEXT)
    spl.parse(f"index=main | table {names(MOST_FIELDS)}", CONTEXT)


def test_values_of_a_list_are_no_terms() -> None:
    values = ", ".join(str(number) for number in range(2 * MOST_TERMS))
    spl.parse(f"index=main a IN ({values}) | where b IN ({values})", CONTEXT)
