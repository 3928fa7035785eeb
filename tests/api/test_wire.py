from __future__ import annotations

import contextlib
import json
import socket

import pytest

CORS = '[server]\nallowed_origins = ["https://shop.example"]\nallowed_hosts = ["obs.example"]\n'


def test_bytes_reach_the_protocol_as_sent(app):
    answer = app.call("POST", "/v1/logs?x=1&y=", body=b"\x00\xff", headers={"Content-Type": "application/x-protobuf", "X-A": "b"})
    assert json.loads(answer.body) == {"protocol": "otlp", "path": "/v1/logs", "size": 2, "query": {"x": "1", "y": ""}}
    (request,) = app.receiver.requests
    assert (request.body, request.peer, request.headers["x-a"]) == (b"\x00\xff", "127.0.0.1", "b")


def test_a_chunked_body_is_joined(app):
    answer = app.call("POST", "/v1/logs", body=iter([b"abc", b"", b"de"]))
    assert json.loads(answer.body)["size"] == 5


def test_a_hole_is_one_last_segment(app):
    assert json.loads(app.call("POST", "/receiver/v1/http/tok-1").body)["path"] == "/receiver/v1/http/tok-1"
    assert app.call("POST", "/receiver/v1/http/").status == 404
    assert app.call("POST", "/receiver/v1/http/a/b").status == 404


def test_patterns_at_the_root_leave_page_and_api_alone(app):
    html = {"Accept": "text/html,*/*;q=0.8"}
    assert json.loads(app.call("GET", "/").body)["protocol"] == "elasticsearch"
    assert json.loads(app.call("POST", "/logs/_bulk").body)["protocol"] == "elasticsearch"
    assert app.call("HEAD", "/logs").status == 200
    taken = len(app.receiver.requests)
    assert "text/html" in app.call("GET", "/", headers=html).headers["content-type"]
    assert json.loads(app.call("GET", "/openapi.json").body)["openapi"]
    assert app.call("HEAD", "/openapi.json").status in (404, 405)
    assert app.call("HEAD", "/logs", headers=html).status in (200, 503)
    assert app.call("GET", "/logs").status == 404
    assert len(app.receiver.requests) == taken


def test_a_final_slash_does_not_matter(app):
    assert app.call("POST", "/v1/logs/").status == 200


def test_a_wrong_method_names_the_right_one(app):
    answer = app.call("GET", "/v1/logs")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 413)])
def test_the_limit_is_exact_and_refused_in_the_protocols_words(start, size, status):
    with start(config="[limits]\nrequest_bytes = 1000") as app:
        for body in (b"x" * size, iter([b"x" * 500, b"x" * (size - 500)])):
            answer = app.call("POST", "/v1/logs", body=body)
            assert answer.status == status
            assert status == 200 or answer.body == b"otlp: request-too-large"


def test_a_body_that_stops_coming_is_refused(start):
    with start(config="[limits]\nbody_seconds = 0.05") as app, socket.create_connection(("127.0.0.1", app.port)) as client:
        client.sendall(b"POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        assert client.recv(1000).startswith(b"HTTP/1.1 413")
        assert app.receiver.requests == []


def test_a_body_that_trickles_is_refused_however_short_its_pauses(start):
    head = b"POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n"
    with start(config="[limits]\nbody_seconds = 0.3") as app, socket.create_connection(("127.0.0.1", app.port)) as client:
        client.sendall(head)
        client.settimeout(0.02)
        for _ in range(9000):
            client.sendall(b"x")
            with contextlib.suppress(TimeoutError):
                assert client.recv(1000).startswith(b"HTTP/1.1 413")
                break
        assert app.receiver.requests == []


def test_ingest_does_not_look_at_the_host_name(app):
    assert app.call("POST", "/v1/logs", headers={"Host": "collector.internal:4318"}).status == 200


def test_a_page_of_another_site_may_not_send(app):
    answer = app.call("POST", "/services/collector", headers={"Origin": "https://evil.example"})
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (403, "cross-site")
    assert app.receiver.requests == []


def test_a_page_that_took_over_a_name_may_not_send(app):
    rebound = {"Host": "evil.example:4318", "Origin": "http://evil.example:4318"}
    for path in ("/v1/logs", "/services/collector", "/api/v1/ingest/main"):
        answer = app.call("POST", path, headers=rebound)
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (403, "foreign-host")
    assert app.call("POST", "/api/v1/ingest/main", headers={"Host": "evil.example"}).status == 403
    assert app.call("POST", "/api/v1/ingest/main").status == 200
    assert len(app.receiver.requests) == 1


def test_allowed_origins_get_cors(start):
    with start(config=CORS) as app:
        headers = {"Origin": "https://shop.example", "Access-Control-Request-Headers": "authorization"}
        asked = app.call("OPTIONS", "/v1/logs", headers=headers)
        assert asked.status == 204
        assert asked.headers["access-control-allow-origin"] == "https://shop.example"
        assert asked.headers["access-control-allow-headers"] == "authorization"
        assert app.call("POST", "/v1/logs", headers=headers).headers["access-control-allow-origin"] == "https://shop.example"
        assert "access-control-allow-origin" not in app.call("POST", "/v1/logs").headers
        assert app.call("GET", "/api/v1/indexes", headers=headers).status == 403
        assert app.call("GET", "/api/v1/audit", headers={"Host": "obs.example"}).status == 200


def test_ingest_checks_tokens_itself(closed):
    assert closed.call("POST", "/v1/logs", headers={"Authorization": "Splunk all"}).status == 200
    assert closed.receiver.requests[0].headers["authorization"] == "Splunk all"


def test_health(app):
    for path in ("/healthz", "/readyz"):
        assert app.call("GET", path, headers={"Host": "probe.example"}).status == 200
    app.services.ready = False
    assert app.call("GET", "/healthz").status == 200
    answer = app.call("GET", "/readyz")
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (503, "not-ready")
    app.services.ready = True
    app.services.pipelines.trouble = lambda: "`logs` has stalled"
    answer = app.call("GET", "/readyz")
    assert (answer.status, json.loads(answer.body)["error"]["sentence"]) == (503, "`logs` has stalled")
    assert app.call("GET", "/healthz").status == 200
    status = json.loads(app.call("GET", "/api/v1/status").body)
    assert (status["ready"], status["waiting"]) == (False, "`logs` has stalled")
    app.services.stopping.set()
    assert app.call("GET", "/healthz").status == 503


def test_grpc_on_the_http_port_leaves_a_hint(app, caplog):
    with socket.create_connection(("127.0.0.1", app.port)) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        while client.recv(1000):
            pass
    assert "grpc.on_http_port" in [record.message for record in caplog.records]


def test_headers_that_never_end_lose_the_connection(app, monkeypatch):
    monkeypatch.setattr("pilotage.api.connection.HEADER_SECONDS", 0.05)
    with socket.create_connection(("127.0.0.1", app.port)) as client:
        client.sendall(b"POST /v1/logs HTTP/1.1\r\nHost:")
        assert client.recv(1000) == b""


def test_unfinished_requests_share_a_bounded_room(start):
    with start(config="[limits]\nin_flight_bytes = 1000") as app:
        head = b"POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n"
        with socket.create_connection(("127.0.0.1", app.port)) as first:
            first.sendall(head + b"x" * 899)
            assert wait_for(lambda: app.call("POST", "/v1/logs", body=b"y" * 500).body == b"otlp: spool-full")
            first.sendall(b"x")
            assert first.recv(1000).startswith(b"HTTP/1.1 200")
        assert app.call("POST", "/v1/logs", body=b"y" * 1000).status == 200


def wait_for(condition):
    return any(condition() for _ in range(200))
