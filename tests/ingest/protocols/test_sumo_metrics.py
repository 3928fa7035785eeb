"""Metrics on Sumo's HTTP source: Graphite, Carbon 2.0 and Prometheus lines; each is a point or a dead letter."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pilotage.ingest.protocols.sumo import FORMATS

PLACE = "/receiver/v1/http/abc"
POINTS = "SELECT *, toString(toUnixTimestamp64Nano(time)) AS nanoseconds FROM pilotage.points ORDER BY metric, time"
MEDIA = "application/vnd.sumologic."
QUICK = settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
T = 1795147201


def post(pipeline: Any, body: bytes, **headers: str) -> None:
    reply = pipeline.send(PLACE, body, {name.replace("_", "-").lower(): value for name, value in headers.items()})
    assert (reply.status, reply.body) == (200, b""), reply


def points(pipeline: Any, kind: str, body: bytes, **headers: str) -> list[Any]:
    post(pipeline, body, Content_Type=f"text/plain; {MEDIA}{kind}; x=y", **headers)
    pipeline.load()
    return list(pipeline.rows(POINTS))


def test_graphite(pipeline: Any) -> None:
    body = b"prod.lb-1.cpu 87.2 1501753030\nprod.mem;dc=eu;rack=7  -3e2\t1501753030123\r\nbig 9007199254740993 -1\n\n"
    body += b"no.value 1501753030\nnan nan 1501753030\nx inf 1501753030\nbad 1 soon\n"
    found = points(pipeline, "graphite", body, X_Sumo_Dimensions="dc=us,team=a", X_Sumo_Category="metrics/x")
    rows = {r["metric"]: r for r in found}
    assert set(rows) == {"big", "prod.lb-1.cpu", "prod.mem", "nan", "x"}
    first = rows["prod.lb-1.cpu"]
    assert (first["value"], first["number"], first["index"], first["type"]) == (87.2, "d", "metrics", "gauge")
    assert (first["nanoseconds"], first["sourcetype"], first["host"]) == ("1501753030000000000", "metrics/x", "192.0.2.7")
    assert json.loads(first["attributes"]) == {"dc": "us", "team": "a"}
    assert json.loads(rows["prod.mem"]["attributes"]) == {"dc": "eu", "rack": "7", "team": "a"}
    assert (rows["prod.mem"]["value"], rows["prod.mem"]["nanoseconds"]) == (-300, "1501753030123000000")
    assert (rows["big"]["number"], rows["big"]["integer"]) == ("i", 9007199254740993)
    assert int(rows["big"]["nanoseconds"]) > T * 10**9 - 10**18
    assert math.isnan(rows["nan"]["value"])
    assert rows["x"]["value"] == math.inf
    dead = pipeline.take("SELECT * FROM pilotage.logs")
    assert [(r["index"], r["body"]) for r in dead] == [("_dead_letter", "no.value 1501753030"), ("_dead_letter", "bad 1 soon")]
    assert dead[0]["attributes"] == {
        "dead_letter.reason": ("s", "not a line of Graphite"),
        "dead_letter.index": ("s", "metrics"),
    }


def test_carbon2(pipeline: Any) -> None:
    body = b"metric=cpu node=lb-1  team=infra 87.2 1501753030\nmetric=cpu node=lb-1  team=other 5 1501753031\nmetric=mem node=a=b  7 1501753030\n"
    body += b"node=lb-1  team=x 1 1501753030\nmetric=cpu 1\nmetric=cpu node=lb-2  team=infra 1 1501753032\n"
    rows = points(pipeline, "carbon2", body)
    assert [(r["metric"], json.loads(r["attributes"]), r["value"]) for r in rows] == [
        ("cpu", {"node": "lb-1", "team": "infra"}, 87.2),
        ("cpu", {"node": "lb-1", "team": "other"}, 5),
        ("cpu", {"node": "lb-2", "team": "infra"}, 1),
        ("mem", {"node": "a=b"}, 7),
    ]
    assert rows[0]["series"] == rows[1]["series"] != rows[2]["series"], "what follows the two blanks describes the series"
    assert [r["body"] for r in pipeline.take("SELECT * FROM pilotage.logs")] == ["node=lb-1  team=x 1 1501753030", "metric=cpu 1"]


def test_prometheus(pipeline: Any) -> None:
    body = (
        b"# HELP http_requests_total The total.\n# TYPE http_requests_total counter\n"
        b'http_requests_total{method="post",path="/a}b,c=\\"d\\"\\n\\\\",} 1027 1395066363000\n'
        b'up 1\n  nan_metric NaN 1395066363\ninf{a=""}+Inf\nns:rule { x = "\xc3\xa9" } -1.5e-3 1395066363\n'
        b'broken{a="x" 1\n9bad 1\nnovalue\nbad_escape{a="\\d"} 1\n'
    )
    rows = {r["metric"]: r for r in points(pipeline, "prometheus", body, X_Sumo_Metadata="env=prod")}
    total = rows["http_requests_total"]
    assert json.loads(total["attributes"]) == {"method": "post", "path": '/a}b,c="d"\n\\', "env": "prod"}
    assert (total["value"], total["number"], total["nanoseconds"]) == (1027, "i", "1395066363000000000")
    assert abs((rows["up"]["time"] - rows["up"]["received"]).total_seconds()) < 0.001
    assert math.isnan(rows["nan_metric"]["value"])
    assert rows["nan_metric"]["nanoseconds"] == "1395066363000000000"
    assert (rows["inf"]["value"], json.loads(rows["inf"]["attributes"])) == (math.inf, {"a": "", "env": "prod"})
    assert (rows["ns:rule"]["value"], json.loads(rows["ns:rule"]["attributes"])) == (-1.5e-3, {"x": "é", "env": "prod"})
    dead = pipeline.take("SELECT * FROM pilotage.logs")
    assert [r["body"] for r in dead] == ['broken{a="x" 1', "9bad 1", "novalue", 'bad_escape{a="\\d"} 1']


LABEL_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\t"\\{}=, '), max_size=10)
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True)


@QUICK
@given(series=st.lists(st.tuples(st.dictionaries(NAMES, LABEL_TEXT, max_size=3), st.floats()), min_size=1, max_size=6))
def test_prometheus_lines_come_back(pipeline: Any, series: list[tuple[dict[str, str], float]]) -> None:
    lines = []
    for number, (labels, value) in enumerate(series):
        quoted = ",".join('{}="{}"'.format(k, v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for k, v in labels.items())
        lines.append(f"m{number:03d}{{{quoted}}} {value!r} {T}")
    rows = points(pipeline, "prometheus", "\n".join(lines).encode())
    pipeline.store.backend.execute("TRUNCATE TABLE pilotage.points")
    assert [json.loads(r["attributes"] or "{}") for r in rows] == [labels for labels, _ in series]
    assert all(r["value"] == v or (math.isnan(v) and math.isnan(r["value"])) for r, (_, v) in zip(rows, series, strict=True))


ANYTHING = st.binary(max_size=80) | st.text(alphabet='ab{}="=., \n1e+-#', max_size=60).map(str.encode)


@QUICK
@given(bodies=st.lists(ANYTHING, min_size=1, max_size=12))
@pytest.mark.parametrize("kind", FORMATS)
def test_every_metric_line_is_a_point_or_a_dead_letter(pipeline: Any, kind: str, bodies: list[bytes]) -> None:
    for number, body in enumerate(bodies):
        post(pipeline, body, Content_Type=MEDIA + kind, X_Sumo_Name=str(number))
    rows = [*pipeline.take("SELECT source FROM pilotage.logs"), *pipeline.take("SELECT source FROM pilotage.points")]
    for number, body in enumerate(bodies):
        text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").replace("\r\n", "\n")
        lines = [line for line in text.split("\n") if line.strip(" \t\r\n\f")]
        if kind == "prometheus":
            lines = [line for line in lines if not line.strip(" \t\r\n\f").startswith("#")]
        assert sum(r["source"] == str(number) for r in rows) == len(lines)
