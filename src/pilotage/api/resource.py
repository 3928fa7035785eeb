"""What one file in `resources/` says about itself: its operations, from which routing, checking and `/openapi.json` follow.

FastAPI would do this too, for 0.7 CPU-seconds and 10 MiB at every start (2026-11-21) of a budget of 1.5; msgspec is here anyway.
"""

from __future__ import annotations

import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pilotage.api.sessions import Session
from pilotage.api.settings import Scope
from pilotage.ingest.request import Grant

if TYPE_CHECKING:
    from pilotage.api.services import Services


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request, decoded: `body` and `query` are instances of the operation's types, `path` the values of its holes.

    `abort` cuts the connection it came by; `secure` says that the client came by TLS; `session` is the login it belongs to.
    """

    services: Services
    grant: Grant
    headers: Mapping[str, str]
    path: Mapping[str, str]
    query: Any
    body: Any
    abort: Callable[[], None] | None = None
    secure: bool = False
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer of unknown length. Raising from `chunks` later than the first cuts the connection: nobody takes a part for the whole."""

    content_type: str
    chunks: AsyncIterator[bytes]
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON answer with headers of its own."""

    value: object
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `answer` is the type of the JSON answer; an operation that streams names its content types in `streams`.

    With `raw`, a content type, the call's body is the request's bytes as they are, up to `limits.request_bytes`. A `strict`
    operation refuses bodies with fields that its type does not have.

    Without a `scope` it is for everybody; its call then has the grant of the request if there is one, else one that allows nothing.
    """

    method: str
    path: str
    summary: str
    scope: Scope | None
    handler: Callable[[Call], Awaitable[object]]
    body: type | None = None
    query: type | None = None
    answer: Any = None
    streams: tuple[str, ...] = ()
    status: int = 200
    raw: str = ""
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """The operations of one file; `name` is the tag they carry in the OpenAPI document."""

    name: str
    operations: tuple[Operation, ...]


@dataclass(slots=True)
class Routes:
    """Finds the operation of a request: fixed paths by one look-up, paths with holes segment by segment."""

    operations: tuple[Operation, ...]
    _fixed: dict[str, dict[str, Operation]] = field(default_factory=dict)
    _holed: list[tuple[tuple[str, ...], dict[str, Operation]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        holed: dict[tuple[str, ...], dict[str, Operation]] = {}
        for operation in self.operations:
            target = (
                holed.setdefault(tuple(operation.path.split("/")), {})
                if "{" in operation.path
                else self._fixed.setdefault(operation.path, {})
            )
            target[operation.method] = operation
        self._holed = list(holed.items())

    def find(self, path: str) -> tuple[dict[str, Operation], dict[str, str]] | None:
        """The operations at `path` by method and the values of its holes, or None."""
        if path in self._fixed:
            return self._fixed[path], {}
        parts = path.split("/")
        for pattern, methods in self._holed:
            if len(pattern) == len(parts) and all(a.startswith("{") or a == b for a, b in zip(pattern, parts, strict=True)):
                return methods, {a[1:-1]: b for a, b in zip(pattern, parts, strict=True) if a.startswith("{")}
        return None


def discover() -> tuple[Resource, ...]:
    """Every `RESOURCE` in `api/resources/`, by file name."""
    package = import_module("pilotage.api.resources")
    names = sorted(each.name for each in pkgutil.iter_modules(package.__path__))
    return tuple(import_module(f"{package.__name__}.{name}").RESOURCE for name in names)
