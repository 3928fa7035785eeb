"""Receiving: one request from arrival to acknowledgement. The order is limits, token, decompression, protocol, retry check, spool.

The promise is made only after the spool's sync. Nothing here knows a web framework: `api` turns its requests into `Request`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import inspect
import logging
import pkgutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from pilotage.ingest import protocols
from pilotage.ingest.channels import Channels
from pilotage.ingest.encoding import SNAPPY_RATIO, decompress
from pilotage.ingest.request import Accepted, Decode, Grant, Inquiry, Protocol, Reply, Request, Route, envelope
from pilotage.ingest.retries import Retries
from pilotage.ingest.senders import Sender
from pilotage.ingest.spool import Spool
from pilotage.ingest.statistics import Statistics
from pilotage.model.names import INTERNAL_INDEX
from pilotage.model.problem import PilotageError, Problem

log = logging.getLogger(__name__)

Authorize = Callable[[str | None, str], Grant]
ANONYMOUS = Grant(scopes=frozenset())
THREAD_BYTES = 1 << 20
RETRY_SECONDS = 1.0
_LOAD = {"spool-full", "channels-full", "disk-full", "disk-failed", "stopping"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes: one request decompressed, acknowledged but not loaded, received but not yet on disk."""

    request_bytes: int = 64 << 20
    backlog_bytes: int = 4 << 30
    waiting_bytes: int = 128 << 20


def discover() -> dict[str, Protocol]:
    """Every protocol in the folder by its name: the one class with `routes` of each module."""
    found: dict[str, Protocol] = {}
    for info in pkgutil.iter_modules(protocols.__path__):
        module = importlib.import_module(f"{protocols.__name__}.{info.name}")
        for _, thing in inspect.getmembers(module, inspect.isclass):
            if thing.__module__ == module.__name__ and hasattr(thing, "routes"):
                protocol = cast("Protocol", thing())
                found[protocol.name] = protocol
    return found


class Receiver:
    """Accepts requests of every protocol into one spool. `handle` never raises."""

    def __init__(self, spool: Spool, retries: Retries, statistics: Statistics, authorize: Authorize, limits: Limits | None = None) -> None:
        self._spool = spool
        self._retries = retries
        self._statistics = statistics
        self._authorize = authorize
        self._limits = limits or Limits()
        self._protocols = discover()
        self._channels = Channels(spool.folder / "channels")
        self._stopping = False

    @property
    def streams(self) -> Mapping[str, tuple[Decode, ...]]:
        """How each stream is decoded, for the loader."""
        return {name: decodes for p in self._protocols.values() for name, decodes in p.streams.items()}

    def routes(self) -> tuple[Route, ...]:
        """Every place a protocol listens."""
        return tuple(r for p in self._protocols.values() for r in p.routes)

    def stop(self) -> None:
        """Refuse new requests as retryable from now on."""
        self._stopping = True

    def _admit(self, size: int) -> None:
        """Raise `stopping` or `spool-full` when `size` more bytes cannot be taken now."""
        problem = self.busy(size)
        if problem is not None:
            raise PilotageError(problem)

    def busy(self, size: int) -> Problem | None:
        """The reason not to take `size` more bytes now, if there is one."""
        if self._stopping:
            return Problem("stopping", "the server is shutting down", hint="send the request again in a moment")
        if self._spool.backlog > self._limits.backlog_bytes or self._spool.waiting + size > self._limits.waiting_bytes + THREAD_BYTES:
            return Problem("spool-full", "the server is busy loading what it has", hint="send the request again later")
        return None

    async def handle(self, route: Route, request: Request) -> Reply:
        """Answer one request in its protocol's own words."""
        protocol = self._protocols[route.protocol]
        sender = Sender(protocol.name, "", request.peer)
        try:
            self._admit(len(request.body))
            token = protocol.token(request)
            grant = ANONYMOUS if route.open and token is None else self._authorize(token, "ingest")
            sender = sender._replace(token=grant.name)
            return await self._answer(await self._accept(protocol, request, grant), sender)
        except PilotageError as error:
            return self.refuse(route, request, error.problem, sender=sender)
        except Exception:
            # A fault of ours must not cost the client its data: say "later", keep the trace.
            log.exception("request failed", extra={"protocol": protocol.name, "path": route.path})
            problem = Problem("disk-failed", "the server could not take the request", hint="see the server's log")
            self._statistics.refused(sender, "internal", problem.sentence)
            return protocol.reject(request, problem, RETRY_SECONDS)

    def refuse(self, route: Route, request: Request, problem: Problem, *, sender: Sender | None = None) -> Reply:
        """The protocol's words for a request that is not taken; without a `sender` nobody has looked at its token yet."""
        protocol = self._protocols[route.protocol]
        self._statistics.refused(sender or Sender(protocol.name, "", request.peer), problem.code, problem.sentence)
        return protocol.reject(request, problem, RETRY_SECONDS if problem.code in _LOAD else None)

    async def own(self, path: str, body: bytes) -> bool:
        """Take the server's own telemetry, an OTLP request for `path`, into `_internal`; it is not counted. False when it was refused."""
        protocol = next(self._protocols[r.protocol] for r in self.routes() if r.path == path)
        grant = Grant(name="pilotage", indexes=frozenset({INTERNAL_INDEX}), default_index=INTERNAL_INDEX)
        try:
            accepted = protocol.accept(Request("POST", path, {"content-type": "application/x-protobuf"}, body=body), grant)
            if isinstance(accepted, Accepted):
                head, rest = envelope(dataclasses.replace(accepted, items=0), time.time_ns(), b"")
                await asyncio.wrap_future(self._spool.append(accepted.stream, head, rest, 0))
        except PilotageError:
            return False
        return True

    async def gathered(self, path: str, body: bytes, grant: Grant, sender: Sender) -> None:
        """Take what the server fetched for a client that does not send, a protobuf request for `path`. Raises `PilotageError`."""
        self._admit(len(body))
        protocol = next(self._protocols[r.protocol] for r in self.routes() if r.path == path)
        request = Request("POST", path, {"content-type": "application/x-protobuf"}, body=body)
        accepted = await asyncio.to_thread(protocol.accept, request, grant)
        if isinstance(accepted, Accepted):
            await self._store(accepted, sender)

    async def _accept(self, protocol: Protocol, request: Request, grant: Grant) -> Accepted | Inquiry | Reply:
        """Decompress and check; off the event loop when the body is large."""
        encoding = protocol.encoding(request)
        # Snappy cannot blow up far; for the bodies senders make of it, the way to a thread and back costs as much as the work.
        growth = {"": 1, "identity": 1, "snappy": SNAPPY_RATIO}.get(encoding, THREAD_BYTES)
        if len(request.body) * growth > THREAD_BYTES:
            return await asyncio.to_thread(self._check, protocol, request, grant, encoding)
        return self._check(protocol, request, grant, encoding)

    def _check(self, protocol: Protocol, request: Request, grant: Grant, encoding: str) -> Accepted | Inquiry | Reply:
        body = decompress(request.body, encoding, self._limits.request_bytes)
        return protocol.accept(dataclasses.replace(request, body=body) if body is not request.body else request, grant)

    async def _answer(self, accepted: Accepted | Inquiry | Reply, sender: Sender) -> Reply:
        if isinstance(accepted, Accepted):
            return await self._store(accepted, sender)
        if isinstance(accepted, Inquiry):
            return accepted.answer(self._channels.issued(accepted.channel, accepted.ids))
        if accepted.status >= 400:
            self._statistics.refused(sender, "invalid-data", accepted.refusal or f"answered with status {accepted.status}")
        return accepted

    async def _store(self, accepted: Accepted, sender: Sender) -> Reply:
        digest = b""
        if accepted.acknowledge is not None:
            self._channels.open(accepted.channel)
        if accepted.unique:
            digest = self._retries.digest(accepted.stream, accepted.index, accepted.body, accepted.key)
            seen = self._retries.seen(digest)
            if seen is not False:
                if seen is not True:
                    await asyncio.wrap_future(seen)
                self._statistics.acknowledged(accepted.stream, accepted.items, len(accepted.body), sender=sender, repeated=True)
                return accepted.reply
        head, body = envelope(accepted, time.time_ns(), digest)
        done = self._spool.append(accepted.stream, head, body, accepted.items)
        if digest:
            self._retries.note(digest, done)
        await asyncio.wrap_future(done)
        self._statistics.acknowledged(accepted.stream, accepted.items, len(body), sender=sender)
        # Only now is the request safe, so only now does its acknowledgement id exist.
        return accepted.reply if accepted.acknowledge is None else accepted.acknowledge(self._channels.issue(accepted.channel))
