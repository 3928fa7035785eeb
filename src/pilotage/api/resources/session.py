"""`/api/v1/session`: who the web page is to this server: log in with an access token, look, log out."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.api.access import digest_of
from pilotage.api.resource import Answer, Call, Operation, Resource
from pilotage.api.sessions import Session, cookie
from pilotage.ingest.request import Grant
from pilotage.model.problem import fail


@dataclass(frozen=True, slots=True)
class Login:
    """The value of an access token."""

    token: str


@dataclass(frozen=True, slots=True)
class SessionState:
    """`who` is null while a login is needed. Empty `indexes` = any. `expires` in epoch seconds.

    Without `csrf` writes need no header.
    """

    login_needed: bool
    who: str | None
    scopes: tuple[str, ...]
    indexes: tuple[str, ...]
    csrf: str | None
    expires: float | None


async def look(call: Call) -> SessionState:
    """Who this is; never refused."""
    return _state(call.grant if call.grant.scopes else None, call.session)


async def login(call: Call) -> Answer:
    """Begin a session. Raises PilotageError `token-invalid`, `token-disabled`, `scope-missing`."""
    access = call.services.access
    asked: Login = call.body
    if access.open:
        return Answer(_state(call.grant, None))
    if not asked.token:
        raise fail("token-required", "a login needs an access token")
    digest = digest_of(asked.token)
    grant = access.allow(digest, "read")
    call.services.sessions.end(call.headers)
    session, value = call.services.sessions.begin(digest)
    return Answer(_state(grant, session), (cookie(call.headers, value, secure=call.secure),))


async def logout(call: Call) -> Answer:
    """End the session, if there is one. Raises PilotageError `csrf-missing`."""
    if call.session is not None:
        call.session.check_write(call.headers)
    call.services.sessions.end(call.headers)
    opened = call.services.access.open
    return Answer(_state(call.grant if opened else None, None), (cookie(call.headers, "", secure=call.secure),))


def _state(grant: Grant | None, session: Session | None) -> SessionState:
    if grant is None:
        return SessionState(login_needed=True, who=None, scopes=(), indexes=(), csrf=None, expires=None)
    return SessionState(
        login_needed=False,
        who=grant.name,
        scopes=tuple(sorted(grant.scopes)),
        indexes=tuple(sorted(grant.indexes)),
        csrf=session.csrf if session else None,
        expires=session.expires if session else None,
    )


RESOURCE = Resource(
    "session",
    (
        Operation("GET", "/api/v1/session", "Who this is, and whether a login is needed", None, look, answer=SessionState),
        Operation("POST", "/api/v1/session", "Log in with an access token", None, login, body=Login, answer=SessionState),
        Operation("DELETE", "/api/v1/session", "Log out", None, logout, answer=SessionState),
    ),
)
