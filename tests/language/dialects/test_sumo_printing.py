"""A query that was printed and is read again has the same plan, and is printed the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.language.dialects import sumo
from pilotage.language.dialects.sumo_outline import printed
from pilotage.language.operators import operators

NOW = 1_767_607_200_000_000_000
CONTEXT = sumo.context(NOW, None, "-1d", "now")
EXAMPLES = [example.text for operator in operators().values() for example in operator.examples]
WRITTEN = [
    '// id=@a\n_sourceCategory = "prod/ML lab" ("two   blanks"   or err*)  !x /* and | so */\n|count',
    '* | parse "a  b=*\\"|\\t" as  x |  where x matches /a  |\\/  b/ || x  =  "y  z"  // end\n| count by if( x = "1",  "a  b" , x )',
    "* | split f delim='|' extract a,  b | count by a",
    '{{cat}} | where a matches "{{{v}}}" | parse regex "(?<n>https?://\\S+)" | lookup x from https://host/a.csv on k=n | sum(n)',
    'a [subquery  from=(-1h):  b  | count by  "k" |  compose k ] | %"x  y" as  z | concat("//",  z) as  q',
    "* | timeslice 1m | count by _timeslice\n\n| fields   -   _count\n",
]


@pytest.mark.parametrize("query", [*EXAMPLES, *WRITTEN])
def test_the_plan_stays_the_same(query: str) -> None:
    text = printed(query, {"cat": "x   y", "v": "a*"})
    assert sumo.parse(text, CONTEXT) == sumo.parse(query, CONTEXT, {"cat": "x   y", "v": "a*"})
    assert printed(text) == text


def test_a_stage_a_line() -> None:
    query = 'error // all of them\n| parse   "a=*  b" as a|where a matches /x | y/  | count'
    assert printed(query) == 'error\n| parse "a=*  b" as a\n| where a matches /x | y/\n| count'


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["a", " ", "  ", "\n", '"x  y"', '" // "', "'|'", "// c\n", " /* d */", ":", "/", "|", "(", ")", "*"]), min_size=1
    )
)
def test_what_is_printed_prints_itself(parts: list[str]) -> None:
    query = "".join(parts)
    if not query.strip() or query.count("(") != query.count(")"):
        query = f"a{query.replace('(', '').replace(')', '')}"
    try:
        text = printed(query)
    except sumo.PilotageError:
        return
    if text.strip() and not text.startswith("/*"):
        assert printed(text) == text
