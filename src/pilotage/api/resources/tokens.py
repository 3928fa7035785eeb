"""`/api/v1/tokens`: access tokens; a value is shown once, in the answer to its creation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Literal

import msgspec

from pilotage.api.resource import Call, Operation, Resource
from pilotage.api.settings import SCOPES, valid_index
from pilotage.model.names import INDEX_HINT
from pilotage.model.problem import fail
from pilotage.state.records import AccessToken, NewToken


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token to create; empty `indexes` = any. `ack` is Splunk HEC's indexer acknowledgement."""

    name: str
    scopes: tuple[Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(SCOPES)})], ...]
    kind: Literal["api", "hec", "sumo"] = "api"
    indexes: tuple[str, ...] = ()
    default_index: str | None = None
    ack: bool = False
    source: str | None = None
    sourcetype: str | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its value. `origin` is `created` or `configuration`; times in epoch seconds."""

    id: str
    name: str
    prefix: str
    kind: str
    scopes: tuple[str, ...]
    indexes: tuple[str, ...]
    default_index: str | None
    ack: bool
    origin: str
    created: float | None
    revoked: float | None
    disabled: bool


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """The answer to a creation, the only place the value is ever shown."""

    value: str
    token: Token


async def show(call: Call) -> list[Token]:
    """Tokens of the configuration file, then created ones, revoked ones included."""
    configured = [
        Token(
            key,
            each.name,
            "",
            each.kind,
            each.granted(),
            each.indexes,
            each.default_index,
            each.ack,
            "configuration",
            None,
            None,
            each.disabled,
        )
        for key, each in call.services.access.configured_tokens()
    ]
    state = call.services.state
    kept = await asyncio.to_thread(lambda: state.tokens.all() if state.exists() else [])
    return configured + [_shown(each) for each in kept]


async def create(call: Call) -> CreatedToken:
    """Keep a new token."""
    asked: TokenRequest = call.body
    if not asked.scopes:
        raise fail("bad-request", "a token needs at least one scope", hint=f"scopes: {', '.join(SCOPES)}")
    for wrong in (each for each in asked.scopes if each not in SCOPES):
        near = get_close_matches(wrong, SCOPES, n=1)
        hint = (f"did you mean `{near[0]}`? " if near else "") + f"scopes: {', '.join(SCOPES)}"
        raise fail("bad-request", f"`{wrong[:80]}` is not a scope", hint=hint)
    for index in (*asked.indexes, *filter(None, (asked.default_index,))):
        if not valid_index(index):
            raise fail("bad-request", f"`{index}` is not an index name", hint=INDEX_HINT)
    if asked.default_index and asked.indexes and asked.default_index not in asked.indexes:
        raise fail("bad-request", f"the default index `{asked.default_index}` is not one of the token's indexes")
    new = NewToken(**{name: getattr(asked, name) for name in NewToken.__slots__})
    token, value = await asyncio.to_thread(call.services.access.create, new)
    await call.services.audit(call.grant, "token.create", token.id, {"name": token.name, "scopes": ",".join(token.scopes)})
    return CreatedToken(value, _shown(token))


async def revoke(call: Call) -> Token:
    """Refuse the token from now on."""
    token = await asyncio.to_thread(call.services.access.revoke, call.path["id"])
    await call.services.audit(call.grant, "token.revoke", token.id, {"name": token.name})
    return _shown(token)


def _shown(token: AccessToken) -> Token:
    return Token(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        kind=token.kind,
        scopes=token.scopes,
        indexes=token.indexes,
        default_index=token.default_index,
        ack=token.ack,
        origin="created",
        created=token.created_ms / 1000,
        revoked=None if token.revoked_ms is None else token.revoked_ms / 1000,
        disabled=token.revoked_ms is not None,
    )


RESOURCE = Resource(
    "tokens",
    (
        Operation("GET", "/api/v1/tokens", "List access tokens", "admin", show, answer=list[Token]),
        Operation("POST", "/api/v1/tokens", "Create an access token", "admin", create, body=TokenRequest, answer=CreatedToken, status=201),
        Operation("DELETE", "/api/v1/tokens/{id}", "Revoke an access token", "admin", revoke, answer=Token),
    ),
)
