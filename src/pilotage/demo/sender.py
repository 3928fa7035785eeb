"""The history's way to the server: serialised OTLP requests over one kept connection, and the question what is there already."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Mapping, Sequence

RETRYABLE = (429, 502, 503, 504)
TIMEOUT_S = 10.0  # of one exchange; a stop waits for it at most
SEARCH_S = 30.0
LONGEST_PAUSE_S = 5.0


class RefusedError(Exception):
    """The server answered with a status that must not be retried."""


class Sender:
    """Posts to one server; not thread-safe. Waits and tries again while the server is away or overloaded, until `stop`."""

    def __init__(self, url: str, token: str | None, stop: threading.Event) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is not an http or https address")
        self._secure = parts.scheme == "https"
        self._place = (parts.hostname, parts.port or (443 if self._secure else 80))
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._stop = stop
        self._connection: http.client.HTTPConnection | None = None

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def ready(self) -> bool:
        """Whether somebody listens there; any HTTP answer counts, so that every OTLP receiver will do."""
        try:
            self._once("GET", "/healthz", b"", {})
        except (OSError, http.client.HTTPException):
            return False
        return True

    def post(self, path: str, body: bytes) -> bool:
        """Send one protobuf request; False when stopped first. RefusedError for an answer that is no use retrying."""
        pause = 0.2
        while not self._stop.is_set():
            try:
                status, text, after = self._once("POST", path, body, {"content-type": "application/x-protobuf"})
            except (OSError, http.client.HTTPException):
                status, text, after = 503, b"", None
            if status == 200:
                return True
            if status not in RETRYABLE:
                raise RefusedError(f"{path} answered {status}: {text[:200].decode('utf-8', 'replace')}")
            self._stop.wait(after if after is not None else pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        return False

    def clock(self) -> tuple[float, float] | None:
        """The server's time (epoch seconds) and how fast it runs; None when it does not say."""
        try:
            status, text, _ = self._once("GET", "/api/v1/monitors/status", b"", {})
            found = json.loads(text) if status == 200 else {}
            return float(found["time"]), float(found["speed"])
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            return None

    def apply(self, monitors: Sequence[Mapping[str, object]]) -> bool:
        """Have the server keep monitors; False when it has none, or does not let us."""
        body = json.dumps({"monitors": monitors}).encode()
        try:
            status, _, _ = self._once("POST", "/api/v1/monitors/apply", body, {"content-type": "application/json"})
        except (OSError, http.client.HTTPException):
            return False
        return status == 200

    def search(self, query: str) -> list[dict[str, object]] | None:
        """The rows of a search over all time; None when the server has no search (it is another OTLP receiver)."""
        deadline = time.monotonic() + SEARCH_S
        while not self._stop.is_set():
            try:
                status, text, _ = self._once(
                    "POST", "/api/v1/search", json.dumps({"query": query}).encode(), {"content-type": "application/json"}
                )
            except (OSError, http.client.HTTPException):
                status, text = 503, b""
            if status == 200:
                return [row for line in text.splitlines() if line.strip() and isinstance(row := json.loads(line), dict)]
            if status in {404, 405}:
                return None
            if status not in RETRYABLE or time.monotonic() > deadline:
                raise RefusedError(f"/api/v1/search answered {status}: {text[:200].decode('utf-8', 'replace')}")
            self._stop.wait(0.5)
        return []

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _once(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, float | None]:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            self._connection = kind(*self._place, timeout=TIMEOUT_S)
        try:
            self._connection.request(method, self._prefix + path, body or None, {**self._headers, **headers})
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        after = response.getheader("retry-after", "")
        return response.status, text, float(after) if after.isdigit() else None
