"""Access tokens: only the SHA-256 of a value is kept, so a copied database opens nothing."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
import uuid

from sqlalchemy import Engine, RowMapping, insert, select, update

from pilotage.model.problem import fail
from pilotage.state.records import AccessToken, NewToken
from pilotage.state.tables import ACCESS_TOKENS

PREFIX_CHARACTERS = 8


def digest(value: str) -> str:
    """Hex SHA-256 of a token's value. Values are random (≥ 122 bits), so neither salt nor slow hashing adds anything."""
    return hashlib.sha256(value.encode()).hexdigest()


class AccessTokens:
    """The kept tokens of one installation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, new: NewToken) -> tuple[AccessToken, str]:
        """Keep a token and give its value, which cannot be read again. HEC clients expect a GUID, others get 256 random bits."""
        value = str(uuid.uuid4()) if new.kind == "hec" else "plt_" + secrets.token_urlsafe(32)
        made = {
            "id": secrets.token_hex(6),
            "name": new.name,
            "kind": new.kind,
            "digest": digest(value),
            "prefix": value[:PREFIX_CHARACTERS],
            "scopes": json.dumps(new.scopes),
            "indexes": json.dumps(new.indexes),
            "default_index": new.default_index,
            "ack": new.ack,
            "source": new.source,
            "sourcetype": new.sourcetype,
            "host": new.host,
            "created_ms": time.time_ns() // 1_000_000,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(ACCESS_TOKENS).values(made))
            row = connection.execute(select(ACCESS_TOKENS).where(ACCESS_TOKENS.c.id == made["id"])).mappings().one()
        return _token(row), value

    def all(self) -> list[AccessToken]:
        """Every token, revoked ones included, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(ACCESS_TOKENS).order_by(ACCESS_TOKENS.c.created_ms, ACCESS_TOKENS.c.id)).mappings()
            return [_token(row) for row in rows]

    def by_digest(self) -> dict[str, AccessToken]:
        """Digest of the value → token, revoked ones included: what authorisation looks up."""
        with self._engine.connect() as connection:
            return {row["digest"]: _token(row) for row in connection.execute(select(ACCESS_TOKENS)).mappings()}

    def revoke(self, token_id: str) -> AccessToken:
        """Make a token refuse from now on; revoking twice keeps the first time. Raises PilotageError `unknown-token-id`."""
        with self._engine.begin() as connection:
            chosen = ACCESS_TOKENS.c.id == token_id
            connection.execute(
                update(ACCESS_TOKENS).where(chosen, ACCESS_TOKENS.c.revoked_ms.is_(None)).values(revoked_ms=time.time_ns() // 1_000_000)
            )
            row = connection.execute(select(ACCESS_TOKENS).where(chosen)).mappings().one_or_none()
        if row is None:
            raise fail("unknown-token-id", f"no access token has the id `{token_id}`", hint="list them with `pilotage token list`")
        return _token(row)


def _token(row: RowMapping) -> AccessToken:
    values = {column: row[column] for column in ACCESS_TOKENS.c.keys() if column != "digest"}  # noqa: SIM118 - `c` is not a mapping
    values |= {name: tuple(json.loads(row[name])) for name in ("scopes", "indexes")}
    return AccessToken(**values)
