"""The CLI's HTTP client: one server, one connection, errors as `Problem`s."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from pilotage.model.problem import PilotageError, Problem, Span, fail

DEFAULT_URL = "http://127.0.0.1:4318"
CONNECT_SECONDS = 10.0


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """`--url` and `--token`, with their environment variables."""
    parser.add_argument("--url", default=os.environ.get("PILOTAGE_URL") or DEFAULT_URL, help="server (PILOTAGE_URL; default %(default)s)")
    parser.add_argument("--token", default=os.environ.get("PILOTAGE_TOKEN"), help="access token (PILOTAGE_TOKEN)")


@dataclass(slots=True)
class Answer:
    """An answer whose body is still to be read."""

    status: int
    headers: Mapping[str, str]
    response: http.client.HTTPResponse

    def pieces(self) -> Iterator[bytes]:
        """The body as it arrives. Raises PilotageError `answer-cut` when the server ended it early."""
        try:
            while piece := self.response.read1(1 << 16):
                yield piece
            # An answer of a known length is not closed by being read to its end (Python 3.11), and the connection not free before.
            self.response.close()
        except (http.client.IncompleteRead, ConnectionError, ValueError) as error:
            raise fail("answer-cut", "the server ended its answer early") from error

    def lines(self) -> Iterator[bytes]:
        """Whole lines without their line end."""
        rest = b""
        for piece in self.pieces():
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
        if rest:
            yield rest

    def body(self) -> bytes:
        """All of it."""
        return b"".join(self.pieces())


class Server:
    """A Pilotage server as its clients see it."""

    def __init__(self, url: str, token: str | None) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise fail("bad-url", f"`{url}` is not the address of a server", hint=f"such as {DEFAULT_URL}")
        self._url = url
        self._parts = parts
        self._token = token
        self._connection: http.client.HTTPConnection | None = None

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(host, port or 443, timeout=CONNECT_SECONDS, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port or 80, timeout=CONNECT_SECONDS)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request and wait for the head of the answer, whatever its status. Raises PilotageError `server-unreachable`."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        target = self._parts.path.rstrip("/") + path + ("?" + urlencode(given) if given else "")
        sent = dict(headers or {})
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        kept = self._connection
        try:
            if self._connection is None:
                self._connection = self._connect()
                self._connection.connect()
                self._connection.sock.settimeout(None)
            self._connection.request(method, target, body=body, headers=sent)
            response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if kept is not None and isinstance(error, (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)):
                return self.send(method, path, query=query, body=body, headers=headers)
            hint = "start one with `pilotage serve --data DIR`, or name it with `--url`"
            # A gRPC port answers in bytes that are no HTTP, or hangs up on it.
            binary = isinstance(error, http.client.BadStatusLine) and not str(error).isprintable()
            if binary or isinstance(error, ConnectionResetError):
                hint = f"this looks like the gRPC port; name the HTTP port with `--url`, such as {DEFAULT_URL}"
            raise fail("server-unreachable", f"no Pilotage server answers at {self._url}: {_reason(error)}", hint=hint) from error
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response)

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | None] | None = None,
        document: object = None,
        accept: str = "application/json",
    ) -> Answer:
        """Like `send` with a JSON body; an answer that is not a success is raised as the PilotageError the server meant."""
        headers = {"Accept": accept}
        if document is not None:
            headers["Content-Type"] = "application/json"
        body = None if document is None else json.dumps(document).encode()
        answer = self.send(method, path, query=query, body=body, headers=headers)
        if answer.status >= 400:
            raise PilotageError(problem_of(answer.status, answer.body()))
        return answer

    def close(self) -> None:
        """Drop the connection; the next request makes a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _reason(error: Exception) -> str:
    if isinstance(error, http.client.BadStatusLine) and not isinstance(error, http.client.RemoteDisconnected):
        # What came may be anything, also what a terminal would obey.
        return "what answers there does not speak HTTP"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def problem_of(status: int, body: bytes) -> Problem:
    """The problem in an error body, or one that says what came instead."""
    try:
        error = json.loads(body)["error"]
        span = error.get("span")
        return Problem(error["code"], error["sentence"], Span(*span) if span else None, error.get("hint"), error.get("doc"))
    except (ValueError, KeyError, TypeError):
        return Problem("unexpected-answer", f"the server answered with status {status}", hint="is this a Pilotage server?")
