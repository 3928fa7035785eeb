from __future__ import annotations

import json

from pilotage.cli.queries import entries

XML = """<form version="1.1">
  <search id="base"><query>index=main | fields host status</query></search>
  <fieldset><input type="dropdown"><search><query><![CDATA[index=main | stats count by host | where count < 3]]></query></search></input>
  </fieldset>
  <row><panel><chart><search base="base"><query>stats count by $field$ &amp; x</query></search></chart>
  <table><searchString>index=a</searchString><searchPostProcess>head 3</searchPostProcess></table>
  <event><search ref="a saved one"/></event></panel></row>
</form>"""

DASHBOARD = {
    "title": "Board",
    "panels": [
        {"title": "First", "queries": [{"queryString": "error | count", "queryType": "Logs", "queryKey": "A"}]},
        {"title": "Second", "queries": [{"queryString": "metric=cpu", "queryType": "Metrics", "queryKey": "A"}]},
    ],
    "variables": [{"name": "v", "sourceDefinition": {"query": "not a panel"}}],
}
MONITOR = {"name": "Alarm", "monitorType": "Logs", "queries": [{"rowId": "A", "query": "error | count"}]}
FOLDER = {"type": "Folder", "name": "F", "children": [{"name": "S", "search": {"queryText": "* | count", "defaultTimeRange": "-15m"}}]}


def read(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return list(entries(path))


def test_simple_xml(tmp_path):
    found = read(tmp_path, "d.xml", XML)
    assert [(each.id, each.query, each.continued) for each in found] == [
        ("d.xml#base", "index=main | fields host status", False),
        ("d.xml#2", "index=main | stats count by host | where count < 3", False),
        ("d.xml#3", "stats count by $field$ & x", True),
        ("d.xml#4", "index=a", False),
        ("d.xml#5", "head 3", True),
    ]
    assert {each.language for each in found} == {"spl"}


def test_sumo_dashboard_leaves_out_variables_and_refuses_metrics(tmp_path):
    found = read(tmp_path, "d.json", json.dumps(DASHBOARD))
    assert [(each.id, each.query, each.problem is None) for each in found] == [
        ("d.json#Board/First#1", "error | count", True),
        ("d.json#Board/Second#2", "metric=cpu", False),
    ]


def test_sumo_monitor_and_folder(tmp_path):
    assert [(each.id, each.query) for each in read(tmp_path, "m.json", json.dumps(MONITOR))] == [("m.json#Alarm#1", "error | count")]
    assert [(each.id, each.query) for each in read(tmp_path, "f.json", json.dumps(FOLDER))] == [("f.json#F/S#1", "* | count")]
    metrics = {**MONITOR, "monitorType": "Metrics"}
    assert [each.problem is None for each in read(tmp_path, "m.json", json.dumps([MONITOR, metrics]))] == [True, False]


def test_conf_keeps_the_order_and_what_a_search_is(tmp_path):
    found = read(tmp_path, "savedsearches.conf", "[b]\nsearch = index=a | head\n[a]\nsearch = x=1\n[none]\ncron_schedule = * * * * *\n")
    assert [(each.id, each.query, each.fragment) for each in found] == [("b", "index=a | head", False), ("a", "x=1", False)]
    assert [each.fragment for each in read(tmp_path, "macros.conf", "[m]\ndefinition = a=1\n[e]\ndefinition = 1\niseval = 1\n")] == [True]
    assert read(tmp_path, "empty.conf", "# nothing\n") == []
