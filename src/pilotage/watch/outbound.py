"""One HTTP POST to somebody else's server: to the address that was checked, without proxies and redirects, answers read up to a limit."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from pilotage.model.problem import PilotageError, fail
from pilotage.watch.channel import SENT, Outcome
from pilotage.watch.reach import Reach

SECONDS = 10.0
ANSWER_BYTES = 64 << 10
LONGEST_URL = 4096
# Receivers that are busy, restarting or limiting: the same request may do later.
_TEMPORARY = frozenset({408, 409, 421, 423, 425, 429})


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed address of a receiver."""

    parts: SplitResult
    host: str
    port: int

    @property
    def path(self) -> str:
        """What stands in the request line."""
        return (self.parts.path or "/") + (f"?{self.parts.query}" if self.parts.query else "")


def target_of(url: str) -> Target:
    """Raises PilotageError `url-invalid`, which does not quote the address: it may be secret."""
    hint = "write `https://host/path`"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise fail("url-invalid", "the address is not a URL", hint=hint) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise fail("url-invalid", "the address is not one of http or https", hint=hint)
    if len(url) > LONGEST_URL or not url.isascii() or any(ord(each) <= 32 for each in url):
        raise fail("url-invalid", f"the address holds blanks or foreign letters, or more than {LONGEST_URL} characters", hint=hint)
    if parts.username is not None:
        raise fail("url-invalid", "the address holds a user name", hint="give an `Authorization` header instead")
    return Target(parts, parts.hostname, port or (443 if parts.scheme == "https" else 80))


def post(url: str, body: bytes, headers: Mapping[str, str], reach: Reach, *, context: ssl.SSLContext | None = None) -> Outcome:
    """Send and judge the status. Never raises for what the network or the receiver does."""
    try:
        target = target_of(url)
        addresses = reach.addresses(target.host, target.port)
    except PilotageError as error:
        unknown = error.problem.code == "host-unknown"
        return Outcome(ok=False, reason=f"{error.problem.code}: {error.problem.sentence}", permanent=not unknown)
    try:
        return _exchange(_connected(target, addresses, context), target, body, headers)
    except (OSError, http.client.HTTPException) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        return Outcome(ok=False, reason=f"no answer: {reason}")


def _connected(target: Target, addresses: list[str], context: ssl.SSLContext | None) -> http.client.HTTPConnection:
    last: OSError | None = None
    for address in addresses:
        try:
            plain = socket.create_connection((address, target.port), SECONDS)
        except OSError as error:
            last = error
            continue
        connection = http.client.HTTPConnection(target.host, target.port, timeout=SECONDS)
        if target.parts.scheme == "https":
            try:
                connection.sock = (context or ssl.create_default_context()).wrap_socket(plain, server_hostname=target.host)
            except OSError:
                plain.close()
                raise
        else:
            connection.sock = plain
        return connection
    raise last or OSError("no address")


def _exchange(connection: http.client.HTTPConnection, target: Target, body: bytes, headers: Mapping[str, str]) -> Outcome:
    standard = 443 if target.parts.scheme == "https" else 80
    name = f"[{target.host}]" if ":" in target.host else target.host
    host = name if target.port == standard else f"{name}:{target.port}"
    try:
        connection.request("POST", target.path, body, {"Host": host, "User-Agent": "Pilotage", "Connection": "close"} | dict(headers))
        response = connection.getresponse()
        response.read(ANSWER_BYTES)
    finally:
        connection.close()
    return _judged(response.status, response.getheader("Retry-After"))


def _judged(status: int, retry_after: str | None) -> Outcome:
    if 200 <= status < 300:
        return SENT
    wait = float(retry_after) if retry_after is not None and retry_after.isdigit() else None
    if 300 <= status < 400:
        return Outcome(ok=False, reason=f"the receiver redirects (status {status}), which is not followed", permanent=True)
    permanent = 400 <= status < 500 and status not in _TEMPORARY
    return Outcome(ok=False, reason=f"the receiver answered with status {status}", permanent=permanent, retry_after=wait)
