"""explain: the stages as text."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.explain import explain
from pilotage.model.problem import PilotageError

CONTEXT = spl.context(1767781845 * 10**9)
QUERY = (
    'index=main error earliest=100 | eval x=if(a>1, "q", -c) | stats count AS n avg(ms) BY host | sort -n | timechart span=1h count by host'
)

AST = """\
search [0-30] index=main error earliest=100
  Term error [11-16]
eval [32-56] x=if(a>1, "q", -c)
  Call if [39-55]
    Binary > [42-45]
      Field a [42-43]
      Literal 1 [44-45]
    Literal "q" [47-50]
    Unary - [52-54]
      Field c [53-54]
stats [58-91] count AS n avg(ms) BY host
  Field ms [79-81]
sort [93-101] -n
timechart [103-134] span=1h count by host"""

PLAN = """\
Scan  (search)
  indexes: main
  time: 100 ..
  condition: error
Extend  (eval)
  assignments: x = if(a > 1, "q", -c)
Aggregate  (stats)
  aggregations: count AS n, avg(ms)
  by: host
Sort  (sort)
  keys: -n
  limit: 10000
Series  (timechart)
  aggregations: count
  over: _time
  by: host
  over_bin: _time span=1h
  fill: True
  fixed_range: True
  range: 100 .."""


@pytest.mark.parametrize(("stage", "text"), [("ast", AST), ("plan", PLAN)])
def test_stages(stage: str, text: str) -> None:
    assert explain(QUERY, stage, CONTEXT) == text


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("x=1", "  time: all"),
        ("index=main | where a=1 | search b=2", "  condition: b=2"),
        ("index=main | rename a as b, c as d", "  pairs: a -> b, c -> d"),
        ("| makeresults count=3", "  values: 3 rows"),
        ("index=main | bin x span=5", "  span_value: 5.0"),
    ],
)
def test_plan_lines(query: str, line: str) -> None:
    assert line in explain(query, "plan", CONTEXT).splitlines()


def test_unknown_stage() -> None:
    with pytest.raises(PilotageError) as caught:
        explain(QUERY, "plam", CONTEXT)
    assert caught.value.problem.hint == "did you mean `plan`?"
