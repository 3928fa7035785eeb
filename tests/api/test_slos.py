"""Objectives, calendars and the noise report through the API; what needs an engine is tested where the engine is."""

from __future__ import annotations

import json

import pytest

from pilotage.state.records import Alert, Change, MonitorRow

MONITOR = {"kind": "monitor", "monitor": "latency", "target": 99.5, "period": "month", "zone": "Europe/Berlin"}


def read(answer):
    return json.loads(answer.body)


@pytest.fixture
def server(app):
    app.services.state.monitors.create(
        [MonitorRow("m1", "latency", "anomaly", '{"query": "x", "labels": {"team": "core"}}', True, 1, 0, 0)]
    )
    return app


def test_an_objective_is_kept_shown_and_forgotten(server):
    put = server.call("PUT", "/api/v1/slos/checkout", document=MONITOR)
    assert put.status == 200, put.body
    assert read(put)["slo"]["target"] == 99.5
    assert len(read(put)["slo"]["burns"]) == 4
    assert read(server.call("GET", "/api/v1/slos"))[0]["name"] == "checkout"
    status = read(server.call("GET", "/api/v1/slos/checkout/status"))
    assert (status["indicator"], status["reason"]) == (None, "it is not counted yet")
    assert [each["name"] for each in read(server.call("GET", "/api/v1/slo-status"))] == ["checkout"]
    assert read(server.call("GET", "/api/v1/slos/checkout/days?days=3")) == []
    assert server.call("DELETE", "/api/v1/slos/checkout").status == 204
    assert server.call("GET", "/api/v1/slos/checkout/status").status == 404


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (MONITOR | {"target": 100}, "slo-invalid"),
        (MONITOR | {"monitor": "nobody"}, "monitor-missing"),
        (MONITOR | {"periot": "30d"}, "bad-request"),
        (MONITOR | {"burns": [{"long": "1h"}]}, "slo-invalid"),
        (MONITOR | {"burns": [{"long": "1h", "rate": 2, "levle": "warning"}]}, "bad-request"),
    ],
)
def test_an_objective_that_cannot_be_is_refused(server, document, code):
    assert read(server.call("PUT", "/api/v1/slos/x", document=document))["error"]["code"] == code


def test_objectives_ready_for_a_served_model(server):
    found = read(server.call("GET", "/api/v1/ready-slos?service=say%20%22hi%22&model=wine"))
    assert [each["name"] for each in found] == ['say "hi" availability', 'say "hi" latency', "wine quality", "wine freshness"]
    assert r"service=\"say" not in found[0]["slo"]["query"]
    assert r'service="say \"hi\""' in found[0]["slo"]["query"]
    assert read(server.call("GET", "/api/v1/ready-slos"))["error"]["code"] == "slo-invalid"


def test_the_noise_report(server):
    now = server.services.clock.now()
    alerts = [Alert(f"a{n}", "m1", "{}", "critical", "resolved", now - 3600 * n, n, n, verdict="false") for n in range(1, 4)]
    server.services.state.alerts.commit([Change(each, "opened") for each in alerts], [], now)
    calendar = {"hours": {"zone": "Europe/Berlin"}, "match": {"labels": {"team": ["core"]}}}
    assert server.call("PUT", "/api/v1/calendars/core", document=calendar).status == 200
    found = read(server.call("GET", "/api/v1/noise?earliest=-1d"))
    (monitor,) = found["monitors"]
    assert (monitor["monitor"], monitor["alerts"], monitor["calendar"], monitor["false"]["value"]) == ("latency", 3, "core", 1.0)
    assert monitor["per_day"] == pytest.approx(3.0, rel=0.01)
    split = read(server.call("GET", "/api/v1/noise?earliest=-1d&split=-12h"))
    assert split["fleet"]["before"] == 0.0
    for wrong in ("earliest=now&latest=-1d", "split=-60d"):
        assert read(server.call("GET", f"/api/v1/noise?{wrong}"))["error"]["code"] == "bad-request"


def test_an_empty_server_has_no_noise(app):
    assert read(app.call("GET", "/api/v1/noise"))["monitors"] == []
    assert read(app.call("GET", "/api/v1/slo-status")) == []
    answer = app.call("POST", "/api/v1/noise/proxy", document={"proxy": "a", "business": "b", "slice": "90s"})
    assert read(answer)["error"]["code"] == "bad-request"


def test_the_page_of_an_objectives_alert(server):
    assert server.call("PUT", "/api/v1/slos/checkout", document=MONITOR).status == 200
    now = server.services.clock.now()
    for name in ("slo:checkout", "slo:gone"):
        alert = Alert(name + "-1", name, "{}", "critical", "open", now, int(now) - 300, int(now), reason="the budget burns")
        server.services.state.alerts.commit([Change(alert, "opened")], [], now)
    page = read(server.call("GET", "/api/v1/alerts/slo:checkout-1"))
    assert (page["alert"]["monitor"], page["definition"]["target"], page["rows"]) == ("checkout", 99.5, [])
    assert page["span"] == [int(now) - 300, int(now)]
    assert [each["id"] for each in page["history"]] == ["slo:checkout-1"]
    assert "counts" in page["messages"][0]
    gone = read(server.call("GET", "/api/v1/alerts/slo:gone-1"))
    assert (gone["alert"]["monitor"], gone["messages"]) == ("slo:gone", ["what raised this alert is no longer kept"])
