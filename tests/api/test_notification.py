"""Channels, mutings, rotas, escalations and the outbox through the API."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pilotage.state.deliveries import NewDelivery

CONFIG = '[notify]\nallow = ["127.0.0.1"]\nurl = "https://pilotage.example"\n'
HOOK = {"kind": "webhook", "settings": {"url": "http://127.0.0.1:1/very-secret", "secret": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"}}
DOCUMENTS = {
    "mutings": {"start": "2026-01-05T22:00", "minutes": 60, "zone": "Europe/Berlin", "rrule": "FREQ=DAILY"},
    "rotas": {"people": {"ana": ["mail"]}, "rotations": [{"people": ["ana"], "start": "2020-01-06T09:00"}]},
    "escalations": {"steps": [{"rotas": []}], "match": {}},
}


def read(answer):
    return json.loads(answer.body)


@pytest.fixture
def server(start):
    with start(config=CONFIG) as running:
        yield running


@pytest.mark.parametrize("table", ["mutings", "rotas"])
def test_put_get_list_delete(server, table):
    path = f"/api/v1/{table}/one"
    put = server.call("PUT", path, document=DOCUMENTS[table])
    assert put.status == 200, put.body
    noun = table[:-1]
    kept = read(put)[noun]
    assert DOCUMENTS[table].items() <= kept.items() or table == "rotas"
    assert read(server.call("GET", path)) == read(put)
    assert read(server.call("GET", f"/api/v1/{table}")) == [read(put)]
    assert server.call("DELETE", path).status == 204
    gone = server.call("GET", path)
    assert (gone.status, read(gone)["error"]["code"]) == (404, f"{noun}-missing")


def test_a_channel_never_shows_its_secrets_and_keeps_those_that_are_left_out(server):
    path = "/api/v1/channels/hook"
    put = server.call("PUT", path, document=HOOK)
    assert put.status == 200, put.body
    assert read(put)["secrets"] == ["secret", "url"]
    again = server.call("PUT", path, document={"kind": "webhook", "settings": {}, "description": "ours"})
    assert again.status == 200, again.body
    everything = put.body + again.body + server.call("GET", "/api/v1/channels").body + server.call("GET", "/api/v1/audit").body
    for secret in (b"very-secret", b"whsec_"):
        assert secret not in everything
    assert server.services.state.documents("channels").get("hook").secrets == HOOK["settings"]
    without = server.call("PUT", path, document={"kind": "webhook", "settings": {"secret": ""}})
    assert read(without)["secrets"] == ["url"]


def test_the_headers_of_a_webhook_are_written_and_never_read(server):
    path, document = (
        "/api/v1/channels/hook",
        {"kind": "webhook", "settings": {"url": "http://127.0.0.1:1/x", "headers": {"X-Api-Key": "k-123456"}}},
    )
    put = server.call("PUT", path, document=document)
    assert read(put)["secrets"] == ["headers", "url"]
    again = server.call("PUT", path, document={"kind": "webhook", "settings": {}, "description": "ours"})
    assert server.services.state.documents("channels").get("hook").secrets["headers"] == '{"X-Api-Key":"k-123456"}'
    shown = [put, again, server.call("GET", path), server.call("GET", "/api/v1/channels"), server.call("GET", "/api/v1/audit")]
    assert not any(b"k-123456" in each.body for each in shown)
    gone = server.call("PUT", path, document={"kind": "webhook", "settings": {"headers": {}}})
    assert read(gone)["secrets"] == ["url"]


def test_headers_that_were_kept_in_the_open_are_hidden_and_move_with_the_next_put(server):
    path, documents = "/api/v1/channels/hook", server.services.state.documents("channels")
    documents.put(
        "hook", json.dumps({"kind": "webhook", "settings": {"headers": {"X-Api-Key": "k-123456"}}}), {"url": "http://127.0.0.1:1/x"}
    )
    shown = server.call("GET", path)
    assert read(shown)["secrets"] == ["headers", "url"]
    put = server.call("PUT", path, document={"kind": "webhook", "settings": {}})
    assert b"k-123456" not in shown.body + put.body + server.call("GET", "/api/v1/channels").body
    assert "k-123456" not in documents.get("hook").text
    assert json.loads(documents.get("hook").secrets["headers"]) == {"X-Api-Key": "k-123456"}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"kind": "pigeon"}, "channel-kind-unknown"),
        ({"kind": "webhook", "settings": {"url": "http://10.0.0.1/"}}, "address-refused"),
        ({"kind": "webhook", "settings": {"url": "http://127.0.0.1/"}, "evnets": ["opened"]}, "bad-request"),
        ({"kind": "webhook", "settings": {"url": "http://127.0.0.1/"}, "storm": {"mesages": 3}}, "bad-request"),
        ({"kind": "webhook", "settings": {"url": "http://127.0.0.1/"}, "hours": {"zone": "Nowhere"}}, "zone-unknown"),
        ({"kind": "webhook", "settings": {"url": "http://127.0.0.1/"}, "events": ["closed"]}, "bad-request"),
    ],
)
def test_a_channel_that_cannot_work_is_refused(server, document, code):
    answer = server.call("PUT", "/api/v1/channels/x", document=document)
    assert (answer.status, read(answer)["error"]["code"]) == (400, code)


def test_a_typing_error_is_named_with_what_was_meant(server):
    answer = server.call("PUT", "/api/v1/channels/x", document={"kind": "webhook", "match": {"lables": {}}})
    error = read(answer)["error"]
    assert (error["sentence"], error["hint"]) == ("unknown field `lables` in `match`", "did you mean `labels`?")


def test_a_test_message_goes_at_once_and_says_why_not(server):
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as sink:
        thread = threading.Thread(target=sink.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{sink.server_address[1]}/very-secret"
        server.call("PUT", "/api/v1/channels/hook", document={"kind": "webhook", "settings": {"url": url}})
        assert read(server.call("POST", "/api/v1/channels/hook/test")) == {"sent": True, "reason": ""}
        thread.join()
    assert got[0]["data"]["alert"]["Name"] == "Test of a channel"
    failed = read(server.call("POST", "/api/v1/channels/hook/test"))
    assert failed["sent"] is False
    assert "very-secret" not in failed["reason"]


def test_an_escalation_names_what_there_is(server):
    refused = server.call("PUT", "/api/v1/escalations/core", document={"steps": [{"channels": ["hook"]}]})
    assert (refused.status, read(refused)["error"]["code"]) == (404, "channel-missing")
    server.call("PUT", "/api/v1/channels/hook", document=HOOK)
    assert server.call("PUT", "/api/v1/escalations/core", document={"steps": [{"channels": ["hook"]}]}).status == 200
    empty = server.call("PUT", "/api/v1/escalations/core", document=DOCUMENTS["escalations"])
    assert read(empty)["error"]["code"] == "escalation-invalid"


def test_when_a_muting_is_in_force_and_who_is_on_call(server):
    server.call("PUT", "/api/v1/mutings/night", document=DOCUMENTS["mutings"])
    assert len(read(server.call("GET", "/api/v1/mutings/night/times?days=7"))) in (7, 8)
    assert read(server.call("GET", "/api/v1/mutings/night/times?days=0"))["error"]["code"] == "bad-request"
    server.call("PUT", "/api/v1/rotas/primary", document=DOCUMENTS["rotas"])
    assert read(server.call("GET", "/api/v1/rotas/primary/on-call?at=1767614400")) == {
        "at": 1767614400.0,
        "person": "ana",
        "channels": ["mail"],
    }
    assert read(server.call("GET", "/api/v1/rotas/primary/on-call?at=1000"))["person"] is None


def test_the_outbox_and_its_dead_letters(server):
    assert read(server.call("GET", "/api/v1/notifications")) == []
    outbox = server.services.state.outbox
    (first,) = outbox.add([NewDelivery("a1", "opened", "hook", 1.0)], 1.0)
    outbox.dead([first], "the receiver answered with status 404", 2.0)
    (row,) = read(server.call("GET", "/api/v1/notifications?state=dead&alert=a1"))
    assert (row["id"], row["reason"], row["attempts"]) == (first, "the receiver answered with status 404", 1)
    assert read(server.call("POST", f"/api/v1/notifications/{first}/retry"))["state"] == "pending"
    assert server.call("POST", f"/api/v1/notifications/{first}/retry").status == 409
    for wrong in ("999", "x", "9" * 30):
        assert server.call("POST", f"/api/v1/notifications/{wrong}/retry").status == 404
    assert read(server.call("GET", "/api/v1/notifications?state=lost"))["error"]["code"] == "bad-request"


@pytest.mark.parametrize("path", ["channels/x", "mutings/x", "rotas/x", "escalations/x"])
def test_reading_tokens_do_not_write(closed, path):
    assert closed.call("PUT", f"/api/v1/{path}", token="reader", document={}).status == 403
    assert closed.call("DELETE", f"/api/v1/{path}", token="reader").status == 403
    assert closed.call("GET", f"/api/v1/{path}").status == 401


def test_a_network_that_is_none_is_refused_at_the_start(start):
    from pilotage.api.settings import parse_settings
    from pilotage.model.problem import PilotageError

    with pytest.raises(PilotageError, match="bad-configuration"):
        parse_settings('[notify]\nallow = ["10.0.0.0/99"]')
    with pytest.raises(PilotageError, match="bad-configuration"):
        parse_settings('[notify]\nurl = "pilotage.example"')


def test_an_action_is_asked_for_and_approved(server):
    from pilotage.state.records import Alert, Change, MonitorRow

    state = server.services.state
    state.monitors.create([MonitorRow("m1", "latency", "anomaly", '{"query": "x"}', True, 1, 0, 0)])
    state.alerts.commit([Change(Alert("a1", "m1", "{}", "critical", "open", 1.0, 0, 0), "opened")], [], 1.0)
    refused = server.call("PUT", "/api/v1/actions/retrain", document={"channel": "hook"})
    assert (refused.status, read(refused)["error"]["code"]) == (404, "channel-missing")
    server.call("PUT", "/api/v1/channels/hook", document=HOOK)
    assert server.call("PUT", "/api/v1/actions/retrain", document={"channel": "hook"}).status == 200
    assert [each["name"] for each in read(server.call("GET", "/api/v1/alerts/a1/actions"))] == ["retrain"]
    run = read(server.call("POST", "/api/v1/alerts/a1/actions/retrain"))
    assert (run["state"], run["delivery"]) == ("waiting", None)
    approved = read(server.call("POST", f"/api/v1/action-runs/{run['id']}/approve"))
    assert (approved["state"], approved["delivery"]) == ("approved", "pending")
    assert server.call("POST", f"/api/v1/action-runs/{run['id']}/reject").status == 409
    assert server.call("POST", "/api/v1/action-runs/nope/approve").status == 404
    assert [each["id"] for each in read(server.call("GET", "/api/v1/action-runs"))] == [run["id"]]
    assert [each["action"] for each in read(server.call("GET", "/api/v1/audit"))][:2] == ["action.approve", "action.request"]


def test_the_chart_that_messages_link_to(server):
    from pilotage.state.records import Alert, Change, MonitorRow

    state = server.services.state
    state.monitors.create([MonitorRow("m1", "<latency>", "anomaly", '{"query": "x"}', True, 1, 0, 0)])
    readings = json.dumps([[300 * n, 5.0 + n, 5.0, 4.0, 7.0, 1.0, int(n > 2)] for n in range(6)])
    state.alerts.commit([Change(Alert("a1", "m1", "{}", "critical", "open", 1.0, 0, 0, readings=readings), "opened")], [], 1.0)
    state.alerts.commit([Change(Alert("a2", "m1", "{}", "critical", "open", 1.0, 300, 300), "opened")], [], 1.0)
    for alert in ("a1", "a2"):
        answer = server.call("GET", f"/api/v1/alerts/{alert}/chart.svg")
        assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
        assert b"<svg" in answer.body
        assert b"<latency>" not in answer.body
    assert server.call("GET", "/api/v1/alerts/nope/chart.svg").status == 404
