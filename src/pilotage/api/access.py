"""Who may do what: tokens of the configuration file and of the state database, and the open door of an unconfigured loopback server."""

from __future__ import annotations

import hashlib
import threading

from pilotage.api.guard import is_loopback
from pilotage.api.settings import SCOPES, Settings, TokenSetting
from pilotage.ingest.request import Grant
from pilotage.model.problem import Problem, fail
from pilotage.state.open import State
from pilotage.state.records import AccessToken, NewToken

_HINT = (
    "give one with `--token` or in PILOTAGE_TOKEN (HTTP: `Authorization: Bearer …`); with an admin token there, "
    "`pilotage token create --name NAME --scopes read` makes another, or write it under `[[tokens]]` in the configuration file"
)


class Access:
    """Answers `authorize` from memory; `reload` after tokens change. Values are held as digests only."""

    def __init__(self, settings: Settings, state: State, *, bind: str) -> None:
        self._configured = {digest_of(token.value): token for token in settings.tokens}
        self._state = state
        self._loopback = is_loopback(bind)
        self._kept: dict[str, AccessToken] = {}
        self._changing = threading.Lock()
        self._known: dict[str, Grant | Problem] = {}

    def reload(self) -> None:
        """Read the kept tokens again. Blocking."""
        self._kept = self._state.tokens.by_digest() if self._state.exists() else {}
        self._known = {digest: _configured_grant(token) for digest, token in self._configured.items()}
        self._known |= {digest: _kept_grant(token) for digest, token in self._kept.items()}

    @property
    def configured(self) -> bool:
        """Whether any usable token exists; from then on every request needs one."""
        return any(isinstance(each, Grant) for each in self._known.values())

    def authorize(self, token: str | None, scope: str | None) -> Grant:
        """What the bearer of `token` may do; raises PilotageError token-required | token-invalid | token-disabled | scope-missing."""
        if self.open:
            return OPEN
        if not token:
            raise fail("token-required", "this server needs an access token", hint=_HINT)
        return self.allow(digest_of(token), scope)

    @property
    def open(self) -> bool:
        """Whether anyone on this machine may do everything, without a token."""
        return self._loopback and not self.configured

    def allow(self, digest: str, scope: str | None) -> Grant:
        """As `authorize`, for the digest of a token's value, with or without a scope to ask for: what a session remembers."""
        found = self._known.get(digest)
        if found is None:
            raise fail("token-invalid", "this access token is not known here", hint=_HINT)
        if isinstance(found, Problem):
            raise fail(found.code, found.sentence, hint=found.hint)
        if scope is not None and scope not in found.scopes:
            has = ", ".join(f"`{each}`" for each in sorted(found.scopes))
            wider = ",".join(each for each in SCOPES if each == scope or each in found.scopes)
            hint = f"it has {has}; with an admin token, `pilotage token create --name NAME --scopes {wider}` makes a wider one"
            raise fail("scope-missing", f"the access token `{found.name}` lacks the scope `{scope}`", hint=hint)
        return found

    def check_bind(self, host: str) -> None:
        """Refuse to serve other machines without any token; raises PilotageError `unprotected`."""
        if not self._loopback and not self.configured:
            sentence = f"refusing to listen on `{host}` without access tokens: any machine could read and change everything"
            entry = '`[[tokens]]` with `value = "…"` and `scopes = ["ingest", "read", "admin"]`'
            hint = f"write {entry} in a file and start with `--config FILE`, or listen on 127.0.0.1"
            raise fail("unprotected", sentence, hint=hint)

    def create(self, new: NewToken) -> tuple[AccessToken, str]:
        """Keep a new token and use it at once; the first must be able to administer. Raises PilotageError `first-token`."""
        with self._changing:
            if not self.configured and "admin" not in new.scopes:
                sentence = "the first access token must have the scope `admin`: from then on every request needs a token"
                hint = "run `pilotage token create --name me --scopes admin,read,ingest` first, then create the narrower ones with it"
                raise fail("first-token", sentence, hint=hint)
            made = self._state.tokens.create(new)
            self.reload()
            return made

    def revoke(self, token_id: str) -> AccessToken:
        """Revoke a kept token at once. Raises PilotageError `unknown-token-id`, `last-admin`."""
        with self._changing:
            left = [grant for digest, grant in self._known.items() if isinstance(grant, Grant) and grant.token_id != token_id]
            if left and not any("admin" in grant.scopes for grant in left):
                sentence = f"`{token_id}` is the last access token with the scope `admin`"
                raise fail("last-admin", sentence, hint="create another one first, or revoke the other tokens before it")
            if not self._state.exists():
                raise fail("unknown-token-id", f"no access token has the id `{token_id}`", hint="list them with `pilotage token list`")
            revoked = self._state.tokens.revoke(token_id)
            self.reload()
            return revoked

    def configured_tokens(self) -> list[tuple[str, TokenSetting]]:
        """Id and setting of each token of the configuration file."""
        return [(_configured_id(token), token) for token in self._configured.values()]


OPEN = Grant(
    token_id="",
    name="anyone on this machine",
    scopes=frozenset(SCOPES),
    indexes=frozenset(),
    default_index=None,
    acknowledge=True,
)


def digest_of(value: str) -> str:
    """What is kept of a token's value."""
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()


def _configured_id(token: TokenSetting) -> str:
    return "config-" + digest_of(token.value)[:8]


def _configured_grant(token: TokenSetting) -> Grant | Problem:
    if token.disabled:
        return Problem("token-disabled", f"the access token `{token.name or _configured_id(token)}` is disabled in the configuration")
    return Grant(
        token_id=_configured_id(token),
        name=token.name or _configured_id(token),
        scopes=frozenset(token.granted()),
        indexes=frozenset(token.indexes),
        default_index=token.default_index,
        acknowledge=token.ack,
        source=token.source,
        sourcetype=token.sourcetype,
        host=token.host,
        multiline=token.multiline,
        boundary=token.boundary,
        time_zone=token.time_zone,
    )


def _kept_grant(token: AccessToken) -> Grant | Problem:
    if token.revoked_ms is not None:
        return Problem("token-disabled", f"the access token `{token.name}` has been revoked")
    return Grant(
        token_id=token.id,
        name=token.name,
        scopes=frozenset(token.scopes),
        indexes=frozenset(token.indexes),
        default_index=token.default_index,
        acknowledge=token.ack,
        source=token.source,
        sourcetype=token.sourcetype,
        host=token.host,
    )
