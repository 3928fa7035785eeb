"""The ASGI application: health, the page's files, ingest by path, the API, the page's own addresses, each with the checks it needs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from pilotage.api import openapi
from pilotage.api.body import ClientGoneError, Headers, Message, Receive, Send, gone, headers_of, read_body, send_answer
from pilotage.api.documents import refuse_unknown
from pilotage.api.failures import body_of, status_of
from pilotage.api.guard import Guard
from pilotage.api.pages import API_SAFETY, Pages
from pilotage.api.resource import Answer, Call, Operation, Routes, Stream, discover
from pilotage.api.services import Services
from pilotage.api.sessions import Session
from pilotage.api.wire import Wire
from pilotage.ingest.request import Grant
from pilotage.model.problem import PilotageError, Problem, fail

JSON = ("content-type", "application/json")
API_BODY_BYTES = 4 << 20
_NOBODY = Grant(scopes=frozenset())
_SAFETY = [(name.encode(), value.encode()) for name, value in API_SAFETY]
_EXTRA = {401: (("www-authenticate", "Bearer"),), 503: (("retry-after", "1"),)}
log = logging.getLogger(__name__)


class App:
    """One server's HTTP face."""

    def __init__(self, services: Services, guard: Guard) -> None:
        self._services = services
        self._guard = guard
        self._wire = Wire(services.receiver, services.settings.limits, guard)
        self._resources = discover()
        self._routes = Routes(tuple(each for resource in self._resources for each in resource.operations))
        self._pages = Pages(guard)
        self._document: bytes | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        try:
            if scope["path"] in ("/healthz", "/readyz"):
                await self._health(scope["path"], send)
            elif scope["method"] in ("GET", "HEAD") and await self._page(scope, send):
                return
            elif not await self._wire.serve(scope, receive, send):
                await self._api(scope, receive, send)
        except ClientGoneError:
            return

    async def _health(self, path: str, send: Send) -> None:
        waiting = "the server is stopping" if self._services.stopping.is_set() else None
        if path == "/readyz" and waiting is None:
            waiting = await asyncio.to_thread(self._services.waiting)
        body = b'{"status":"ok"}' if waiting is None else body_of(Problem("not-ready", waiting))
        await send_answer(send, 200 if waiting is None else 503, body, (JSON, ("cache-control", "no-store")))

    async def _page(self, scope: Message, send: Send) -> bool:
        try:
            return await self._pages.serve(scope, send, fallback=False)
        except PilotageError as error:
            await send_answer(send, status_of(error.problem), body_of(error.problem), (JSON, *API_SAFETY))
            return True

    async def _api(self, scope: Message, receive: Receive, send: Send) -> None:
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start" and not any(name == _SAFETY[0][0] for name, _ in message["headers"]):
                message["headers"] = [*message["headers"], *_SAFETY]
            await send(message)
            if "lost" in scope["state"]:
                raise ClientGoneError

        try:
            headers = headers_of(scope)
            self._guard.check_host(headers)
            self._guard.check_origin(headers)
            if scope["path"] == "/openapi.json" and scope["method"] == "GET":
                await send_answer(sending, 200, self._openapi(), (JSON,))
                return
            if self._routes.find(scope["path"]) is None and await self._pages.serve(scope, sending, fallback=True):
                return
            operation, holes = self._find(scope)
            call = await self._call(operation, holes, scope, headers, receive)
            await _run(operation, call, receive, sending)
        except (PilotageError, Exception) as error:
            if isinstance(error, ClientGoneError) or started:
                raise
            problem = _problem(error, scope)
            extra = (*_EXTRA.get(status_of(problem), ()), *_allow(self._routes, scope, problem))
            await send_answer(sending, status_of(problem), body_of(problem), (JSON, *extra))

    def _openapi(self) -> bytes:
        if self._document is None:
            from importlib.metadata import version  # noqa: PLC0415 - 0.05 CPU-seconds that a start must not pay

            self._document = msgspec.json.encode(openapi.document(self._resources, version("pilotage")))
        return self._document

    def _find(self, scope: Message) -> tuple[Operation, dict[str, str]]:
        found = self._routes.find(scope["path"])
        if found is None:
            raise fail("not-found", f"nothing is served at `{scope['path']}`", hint="`/openapi.json` lists what is")
        methods, holes = found
        if scope["method"] not in methods:
            allowed = ", ".join(sorted(methods))
            raise fail("method-not-allowed", f"`{scope['path']}` does not take {scope['method']}", hint=f"it takes {allowed}")
        return methods[scope["method"]], holes

    async def _call(self, operation: Operation, holes: dict[str, str], scope: Message, headers: Headers, receive: Receive) -> Call:
        """Authorise, then read: an unknown client costs no memory."""
        grant, session = self._authorize(operation, headers)
        limits = self._services.settings.limits
        raw = await read_body(receive, limit=limits.request_bytes if operation.raw else API_BODY_BYTES, seconds=limits.body_seconds)
        body = raw if operation.raw else None if operation.body is None else _decode_body(raw, operation.body, strict=operation.strict)
        query = None if operation.query is None else _decode_query(scope["query_string"], operation.query)
        secure = scope.get("scheme") == "https" or headers.get("x-forwarded-proto") == "https"
        return Call(self._services, grant, headers, holes, query, body, scope["state"].get("abort"), secure, session)

    def _authorize(self, operation: Operation, headers: Headers) -> tuple[Grant, Session | None]:
        """By the token of the request, else by the page's session, whose writes must prove that the page sent them."""
        access, token = self._services.access, _bearer(headers)
        session = None if token or access.open else self._services.sessions.find(headers)
        try:
            grant = access.authorize(token, operation.scope) if session is None else access.allow(session.token, operation.scope)
        except PilotageError:
            if operation.scope is None:
                return _NOBODY, None
            raise
        if session is not None and operation.scope is not None and operation.method != "GET":
            session.check_write(headers)
        return grant, session


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _decode_body(raw: bytes, kind: type, *, strict: bool) -> Any:
    try:
        if strict:
            refuse_unknown(msgspec.json.decode(raw), kind)
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise fail("bad-request", f"the request body does not fit: {_lower(str(error))}", hint="`/openapi.json` describes it") from error


def _decode_query(raw: bytes, kind: type) -> Any:
    given = dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True))
    known = [each.name for each in fields(kind)]
    for name in given:
        if name not in known:
            raise fail("bad-request", f"unknown query parameter `{name}`", hint=f"known: {', '.join(known)}")
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise fail("bad-request", f"a query parameter does not fit: {_lower(str(error))}", hint="`/openapi.json` describes it") from error


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _problem(error: Exception, scope: Message) -> Problem:
    if isinstance(error, PilotageError):
        return error.problem
    log.error("request.failed", exc_info=error, extra={"path": scope["path"], "method": scope["method"]})
    return Problem("internal-error", f"the server failed at this request: {type(error).__name__}", hint="its log has the details")


def _allow(routes: Routes, scope: Message, problem: Problem) -> tuple[tuple[str, str], ...]:
    found = routes.find(scope["path"]) if problem.code == "method-not-allowed" else None
    return (("allow", ", ".join(sorted(found[0]))),) if found else ()


async def _run(operation: Operation, call: Call, receive: Receive, send: Send) -> None:
    """Run the handler and send its answer; when the client goes away first, what runs for it is cancelled."""
    work = asyncio.ensure_future(_answer(operation, call, send))
    watch = asyncio.ensure_future(gone(receive))
    try:
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()
            await asyncio.wait({work})
            raise ClientGoneError
        work.result()
    finally:
        watch.cancel()
        work.cancel()


async def _answer(operation: Operation, call: Call, send: Send) -> None:
    value = await operation.handler(call)
    if not isinstance(value, Stream):
        value, extra = (value.value, value.headers) if isinstance(value, Answer) else (value, ())
        body = b"" if operation.status == 204 else msgspec.json.encode(value)
        await send_answer(send, operation.status, body, (JSON, ("cache-control", "no-store"), *extra))
        return
    try:
        # The first chunk is awaited before the status is sent: most failures happen by then and get a proper answer.
        first = await anext(value.chunks, b"")
        headers = (("content-type", value.content_type), ("cache-control", "no-store"), *value.headers)
        encoded = [(name.encode("latin-1"), text.encode("latin-1", "replace")) for name, text in headers]
        await send({"type": "http.response.start", "status": operation.status, "headers": encoded})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for chunk in value.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        close = getattr(value.chunks, "aclose", None)
        if close is not None:
            await close()
