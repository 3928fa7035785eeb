"""Every variable that alerting documents, in texts and in JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.watch.facts import Facts
from pilotage.watch.templates import BODY, rendered, rendered_json, variables_of

FACTS = Facts(
    alert_id="a1",
    monitor_id="m1",
    name="latency",
    level="critical",
    state="open",
    opened_at=1_767_614_400.0,
    group={"service": "pay", "zone": "b"},
    labels={"team": "core"},
    kind="anomaly",
    description="How long checkout takes",
    query="index=main | timechart avg(ms)",
    playbook="Restart it.",
    time_range="5m",
    reason="3 of 5 slices unusual",
    first_slice=1_767_614_100,
    last_slice=1_767_614_100,
    value=812.123456789,
    expected=200.0,
    lower=150.0,
    upper=float("inf"),
    results=({"ms": 812, "service": "pay"}, {"ms": 700, "service": "cart"}),
)
DOCUMENTED = [
    "Name",
    "Description",
    "MonitorType",
    "Query",
    "QueryURL",
    "ResultsJson",
    "NumQueryResults",
    "Id",
    "DetectionMethod",
    "TriggerType",
    "TriggerTimeRange",
    "TriggerCondition",
    "TriggerValue",
    "TriggerTimeStart",
    "TriggerTimeEnd",
    "SourceURL",
    "AlertResponseUrl",
    "AlertName",
    "Playbook",
    "SloDashboardUrl",
    "Expected",
    "Lower",
    "Upper",
    "Score",
    "Group",
    "ModelVersion",
    "Band",
]
VARIABLES = variables_of(FACTS, "opened", "https://p.example")


def test_every_documented_variable_is_there():
    assert set(DOCUMENTED) <= VARIABLES.keys()


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{Name}} {{NAME}} {{ name }}", "latency latency latency"),
        ("[{{Nonsense}}]", "[]"),
        ("{{TriggerValue}} {{Expected}} {{Upper}} [{{Score}}]", "812.123 200 inf []"),
        ("{{TriggerTimeStart}} [{{TriggerTimeEnd}}]", "2026-01-05T12:00:00Z []"),
        ("{{ResultsJson.ms[1]}} {{resultsjson.SERVICE}} [{{ResultsJson.ms[7]}}] [{{ResultsJson.none[0]}}]", "700 pay [] []"),
        ("{{NumQueryResults}} {{Group}} {{AlertName}}", "2 service=pay, zone=b latency (service=pay, zone=b)"),
        ("{{AlertResponseUrl}} {{Band}}", "https://p.example/alerts/a1 https://p.example/api/v1/alerts/a1/chart.svg"),
        ("{{TriggerType}} {{Level}}", "Critical critical"),
        ("no holes {} {{ }} {{", "no holes {} {{ }} {{"),
    ],
)
def test_holes_are_filled(template, text):
    assert rendered(template, VARIABLES) == text


def test_a_resolved_alert_says_so():
    assert rendered("{{TriggerType}}", variables_of(FACTS, "resolved", "")) == "ResolvedCritical"
    assert rendered("[{{AlertResponseUrl}}]", variables_of(FACTS, "resolved", "")) == "[]"


def test_a_message_leaves_out_what_is_not_known():
    short = Facts("a1", "m1", "latency", "warning", "open", 1_767_614_400.0, kind="static", reason="ok")
    assert rendered(BODY, variables_of(short, "opened", ""), tidy=True).strip().split("\n") == [
        "Monitor: latency (static)",
        "Level: warning",
        "Began: 2026-01-05T12:00:00Z",
    ]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "812.123 is seen, 200 was expected."),
        ({"upper": 300.0}, "812.123 is above 300, 200 was expected."),
        ({"value": 3.0, "upper": None, "expected": None}, "3 is below 150."),
        ({"value": None}, ""),
    ],
)
def test_what_was_seen_as_people_say_it(more, sentence):
    assert variables_of(replace(FACTS, **more), "opened", "")["Sentence"] == sentence


def test_values_are_not_templates():
    evil = variables_of(Facts("a1", "m1", "{{Playbook}}", "critical", "open", 0.0, playbook="secret"), "opened", "")
    assert rendered("{{Name}}", evil) == "{{Playbook}}"


@given(st.text(), st.text())
def test_json_templates_stay_json(name, reason):
    values = VARIABLES | {"Name": name, "Reason": reason}
    template = '{"a": "x {{Name}} \\" y", "b": {{Reason}}, "c": {{ResultsJson}}, "d": {{TriggerValue}}, "e": {{Score}}}'
    document = json.loads(rendered_json(template, values))
    assert document == {"a": f'x {name} " y', "b": reason, "c": json.loads(VARIABLES["ResultsJson"]), "d": 812.123, "e": ""}
