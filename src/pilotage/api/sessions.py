"""Logins of the web page: an opaque cookie stands for an access token, so that no script of the page ever holds one.

Kept in memory: a restart ends them. What a session may do is asked of the token with every request, so revoking it ends the session too.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pilotage.model.problem import fail

LIFETIME_SECONDS = 7 * 86_400.0
IDLE_SECONDS = 12 * 3600.0
MOST = 10_000
CSRF_HEADER = "x-pilotage-csrf"
_COOKIE = "pilotage-session"


@dataclass(slots=True)
class Session:
    """One login: the digest of its token's value, the value writes must repeat, and its times in epoch seconds."""

    token: str
    csrf: str
    created: float
    used: float

    @property
    def expires(self) -> float:
        """When it ends unless it is used."""
        return min(self.created + LIFETIME_SECONDS, self.used + IDLE_SECONDS)

    def check_write(self, headers: Mapping[str, str]) -> None:
        """Raises PilotageError `csrf-missing` unless the page itself sent the request."""
        if not hmac.compare_digest(headers.get(CSRF_HEADER, "").encode(), self.csrf.encode()):
            hint = "its value is `csrf` in the answer of GET /api/v1/session"
            raise fail("csrf-missing", f"a request by cookie needs the header `{CSRF_HEADER}`", hint=hint)


class Sessions:
    """The sessions of one server, on the event loop. `clock` gives epoch seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._known: OrderedDict[str, Session] = OrderedDict()

    def begin(self, token: str) -> tuple[Session, str]:
        """A new session for a token's digest, and the cookie's value; the oldest gives way when there are too many."""
        now = self._clock()
        for key in [key for key, each in self._known.items() if each.expires <= now]:
            del self._known[key]
        while len(self._known) >= MOST:
            self._known.popitem(last=False)
        value = secrets.token_urlsafe(32)
        session = self._known[_key(value)] = Session(token, secrets.token_urlsafe(24), now, now)
        return session, value

    def find(self, headers: Mapping[str, str]) -> Session | None:
        """The session of a request's cookie, if there is one that has not ended."""
        value = cookie_of(headers)
        found = self._known.get(_key(value)) if value else None
        now = self._clock()
        if found is None or found.expires <= now:
            return None
        found.used = now
        return found

    def end(self, headers: Mapping[str, str]) -> None:
        """Forget the session of a request's cookie."""
        value = cookie_of(headers)
        if value:
            self._known.pop(_key(value), None)


def cookie_name(headers: Mapping[str, str]) -> str:
    """Browsers share cookies between the ports of a host: the port is part of the name, so that two servers keep two logins."""
    port = headers.get("host", "").rpartition("]")[2].rpartition(":")[2]
    return f"{_COOKIE}-{port}" if port.isdigit() else _COOKIE


def cookie_of(headers: Mapping[str, str]) -> str | None:
    """The value of this server's cookie in a request."""
    # By hand: the standard library gives up at the first cookie of another program on this host that it finds malformed.
    wanted = cookie_name(headers)
    pairs = (each.strip().partition("=") for each in headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == wanted), None)


def cookie(headers: Mapping[str, str], value: str, *, secure: bool) -> tuple[str, str]:
    """The header that sets the cookie, or takes it back with an empty value."""
    life = f"Max-Age={int(LIFETIME_SECONDS) if value else 0}"
    words = [f"{cookie_name(headers)}={value}", "Path=/", life, "HttpOnly", "SameSite=Lax"]
    return "set-cookie", "; ".join([*words, "Secure"] if secure else words)


def _key(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()
