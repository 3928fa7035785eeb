from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading

import pytest

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /v1/logs HTTP/1.1\r\nHost: x\r\n"


@contextlib.contextmanager
def client(app, sent=b""):
    with socket.create_connection(("127.0.0.1", app.port), timeout=20) as connection:
        connection.sendall(sent)
        yield connection


def everything(connection):
    """All bytes until the server closes; the test fails by time-out when it does not."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            found += piece
    return found


def answer(connection):
    """One answer of the server."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65536)
    head, _, body = found.partition(b"\r\n\r\n")
    (length,) = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")]
    while len(body) < length:
        body += connection.recv(65536)
    return head


def drip(connection, piece):
    """Send `piece` again and again until the server closes."""
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(piece)
            connection.settimeout(0.01)
            with contextlib.suppress(TimeoutError):
                if connection.recv(65536) == b"":
                    return


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (GET + b"X: " + b"a" * 70_000, b"431", "headers-too-large"),
        (GET + b"".join(b"h%d: v\r\n" % i for i in range(129)), b"431", "headers-too-many"),
        (b"GET /" + b"a" * 17_000, b"414", "url-too-long"),
        (b"\r\n" * 40_000, b"431", "headers-too-large"),
        (b"nonsense\r\n\r\n", b"400", "bad-request"),
    ],
)
def test_what_is_too_large_is_refused_before_it_is_complete(app, sent, status, code):
    with client(app, sent) as connection:
        found = everything(connection)
    assert found.startswith(b"HTTP/1.1 " + status)
    assert json.loads(found.partition(b"\r\n\r\n")[2])["error"]["code"] == code


@pytest.mark.parametrize("rest", [b"1;" + b"a" * 200_000, b"0\r\nX: " + b"a" * 200_000, b"0\r\n" + b"x: v\r\n" * 200])
def test_what_surrounds_a_body_is_limited_too(app, rest):
    with client(app, POST + b"Transfer-Encoding: chunked\r\n\r\n") as connection:
        connection.sendall(rest)
        assert everything(connection).startswith(b"HTTP/1.1 431")


def test_long_headers_within_the_limits_pass(app):
    many = b"".join(b"h%d: %s\r\n" % (i, b"v" * 400) for i in range(120))
    with client(app, GET.replace(b"healthz", b"healthz?" + b"q" * 16_000) + b"\r\n" + GET + many + b"\r\n") as connection:
        assert answer(connection).startswith(b"HTTP/1.1 200")


def test_a_large_body_in_small_pieces_passes(app):
    with client(app, POST + b"Transfer-Encoding: chunked\r\n\r\n") as connection:
        connection.sendall(b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n")
        assert answer(connection).startswith(b"HTTP/1.1 200")
    assert len(app.receiver.requests[0].body) == 100_000


@pytest.mark.parametrize("begin", [b"GET /healthz HTTP/1.1\r\nHo", b"\r\n"])
def test_a_second_request_that_never_ends_loses_the_connection(app, monkeypatch, begin):
    monkeypatch.setattr("pilotage.api.connection.HEADER_SECONDS", 0.2)
    with client(app, GET + b"\r\n") as connection:
        assert answer(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(begin)
        assert everything(connection) == b""


@pytest.mark.parametrize("head", [GET, b"POST /api/v1/search HTTP/1.1\r\nHost: evil.example\r\n"])
def test_a_body_nobody_reads_may_not_come_for_ever(app, monkeypatch, head):
    monkeypatch.setattr("pilotage.api.connection.HEADER_SECONDS", 0.2)
    with client(app, head + b"Content-Length: 100000\r\n\r\n") as connection:
        answer(connection)
        drip(connection, b"x")


def test_a_long_answer_outlives_the_clock_of_the_next_request(app, monkeypatch):
    monkeypatch.setattr("pilotage.api.connection.HEADER_SECONDS", 0.05)
    held = threading.Event()
    app.engine.gate = held
    document = b'{"query": "q"}'
    with client(app, b"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(document)) as connection:
        connection.sendall(document + b"GET /hea")
        assert not held.wait(0.3)
        held.set()
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_wish_to_become_a_web_socket_is_passed_over_quietly(app, caplog):
    wish = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n"
    with caplog.at_level(logging.WARNING), client(app, b"GET /nothing/here HTTP/1.1\r\nHost: localhost\r\n" + wish) as connection:
        assert answer(connection).startswith(b"HTTP/1.1 404")
    assert [each.message for each in caplog.records] == []


def test_a_search_behind_which_another_request_waits_is_cancelled_with_the_connection(app):
    app.engine.endless = True
    document = b'{"query": "q"}'
    with client(app, b"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(document)) as connection:
        connection.sendall(document)
        assert connection.recv(10)
        connection.sendall(GET + b"\r\n")
    assert app.engine.results[0].cancelled.wait(10)
