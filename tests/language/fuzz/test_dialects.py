"""The same question in both languages over the same random rows has the same rows."""

from __future__ import annotations

import itertools
import json
import sys
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pilotage.engine.run import Engine, Search

# The same examples every time: a difference is hunted with other seeds (`--hypothesis-seed` needs `derandomize=False`), not met by chance in CI.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NOW = 1_767_607_200_000_000_000
COUNT = itertools.count()
ROW = st.fixed_dictionaries(
    {
        "g": st.sampled_from(["u", "v", "w"]),
        "n": st.integers(-5, 20) | st.sampled_from([0.5, 2.25]),
        "s": st.sampled_from(["x", "Xy", "zz", "10"]),
    },
    optional={"o": st.sampled_from(["p", 7, ""])},
)
# SPL and Sumo of one meaning; where they differ by rule (null keys, names of results), the pair is written so that it does not matter.
FILTERS = [
    ("where n > 2", "where n > 2"),
    ('where s="x" OR n<0', 'where s = "x" or n < 0'),
    ("where isnotnull(o)", "where !isNull(o)"),
    ('where like(s, "%y")', 'where s matches "*y"'),
    ('where s IN ("x", "10")', 'where s in ("x", "10")'),
    ('where NOT match(s, "^[xX]")', "where !(s matches /^[xX]/)"),
    ("head 4", "limit 4"),
]
VALUES = [
    ("eval z=n/4", "n / 4 as z"),
    ("eval z=if(n>2, 1, 0)", "if(n > 2, 1, 0) as z"),
    ("eval z=lower(s)", "toLowerCase(s) as z"),
    ('eval z=s."-".g', 'concat(s, "-", g) as z'),
    ("eval z=len(s)*2", "length(s) * 2 as z"),
    ('eval z=replace(s, "x", "_")', 'replace(s, "x", "_") as z'),
]
ENDS = [
    ("stats count AS c BY g", "count as c by g"),
    ("stats sum(n) AS c max(n) AS m BY g", "sum(n) as c, max(n) as m by g"),
    ("stats dc(s) AS c BY g", "count_distinct(s) as c by g"),
    ("stats avg(n) AS c", "avg(n) as c"),
    ("stats count AS c BY z", "count as c by z"),
    ("stats first(s) AS c last(n) AS m BY g", "first(s) as c, last(n) as m by g"),
    ("stats count AS c BY g | eventstats sum(c) AS t", "count as c by g | total c as t"),
    ("stats count AS c BY g | sort -c g | streamstats sum(c) AS t", "count as c by g | sort by -c, +g | accum c as t"),
]
PAIRS = st.tuples(
    st.lists(st.sampled_from(FILTERS), max_size=2),
    st.sampled_from(VALUES),
    st.lists(st.sampled_from(FILTERS[:3]), max_size=1),
    st.sampled_from(ENDS),
).map(lambda parts: [*parts[0], parts[1], *parts[2], parts[3]])


def _rows(store, query: str, language: str, now: int) -> list[str]:
    pieces = Engine(store).start(Search(query, language, now=now)).ndjson()
    rows = [json.loads(line) for piece in pieces for line in piece.splitlines()]
    return sorted(json.dumps({k: float(v) if isinstance(v, int | float) else v for k, v in row.items()}, sort_keys=True) for row in rows)


@given(st.lists(ROW, min_size=1, max_size=9), PAIRS)
@settings(
    max_examples=25,
    deadline=timedelta(seconds=60),
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)
def test_both_languages_give_the_same_rows(store, rows, pairs) -> None:
    number = next(COUNT)
    index, now = f"d{number}", NOW + number * 1_000_000_000
    store.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events(index, rows, now))
    store.catalogue._refreshed = 0.0
    queries = (" | ".join([f"index={index}", *(one for one, _ in pairs)]), " | ".join([f"_index={index}", *(two for _, two in pairs)]))
    assert _rows(store, queries[0], "spl", now) == _rows(store, queries[1], "sumo", now), "\n".join([*queries, json.dumps(rows)])
