"""explain: the stages as text."""

from __future__ import annotations

import re

import pytest

from pilotage.engine.explain import explain as engine_explain
from pilotage.language.dialects import spl, sumo
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


def test_plans_inside_a_node_stand_below_it() -> None:
    """Of branches, joined searches and sub-searches, each from its source on."""
    text = explain(
        "index=main [search index=b | fields host] | append [search index=c | head 2] | appendpipe [stats count]", "plan", CONTEXT
    )
    assert "  sub-search:\n    Scan  (search)\n      indexes: b\n" in text
    assert "  others:\n    Scan  (search)\n      indexes: c\n" in text
    assert "    Aggregate  (stats)\n" in text
    assert "Scan(" not in text
    joined = explain(
        '* | join (parse "a=*" as a) as t1, (parse "b=*" as b | count by b) as t2 on t1.a = t2.b', "plan", sumo.context(CONTEXT.now), "sumo"
    )
    assert "  other:\n    Scan  (scope)\n" in joined


def test_what_happens_between_statements_is_said() -> None:
    """A barrier is told where it stands, in both languages."""
    barriers = {
        ("index=main | stats count by a, b | xyseries a b count | addtotals", "spl"): ["xyseries: the step `xyseries`"],
        ("index=main | timechart count by a | transpose 5", "spl"): ["timechart: one column a series", "transpose: the step `transpose`"],
        ("* | timeslice 5m | count by _timeslice, k | transpose row _timeslice column k", "sumo"): ["transpose: the step `crosstab`"],
    }
    for (query, language), wanted in barriers.items():
        text = engine_explain(query, stage="sql", language=language, now=CONTEXT.now)
        told = re.findall(r"/\* (.*?) makes stage\.\w+ of these rows \*/;\n\n", text)
        assert told == wanted
        assert len(text.split(";\n\n")) == len(wanted) + 1
