"""Ingest over HTTP: path → protocol → bytes in, bytes out, before any framework. Every millionth of a second here is paid per request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from pilotage.api.body import Headers, Message, Receive, Room, Send, headers_of, read_body, send_answer
from pilotage.api.failures import body_of, status_of
from pilotage.api.guard import Guard
from pilotage.api.settings import LimitSettings
from pilotage.ingest.paths import ANY, Paths
from pilotage.ingest.request import Reply, Request, Route
from pilotage.model.problem import PilotageError, Problem

if TYPE_CHECKING:
    from pilotage.ingest.receive import Receiver

JSON = ("content-type", "application/json")
OURS = ("/openapi.json",)
"""The API's own paths that a pattern of one segment fits."""
CORS_METHODS = "POST, GET, OPTIONS"


class Wire:
    """Finds and runs the protocol of a request."""

    def __init__(self, receiver: Receiver, limits: LimitSettings, guard: Guard) -> None:
        self._receiver = receiver
        self._limits = limits
        self._guard = guard
        self._room = Room(limits.in_flight_bytes)
        self._paths = Paths(receiver.routes())

    async def serve(self, scope: Message, receive: Receive, send: Send) -> bool:
        """Answer an ingest request; False when the path is none of ingest's."""
        routes = self._paths.find(scope["path"])
        if routes is None:
            return False
        headers = headers_of(scope)
        method = scope["method"]
        route = routes.get(method) or routes.get(ANY)
        if (route is None and all(each.yields for each in routes.values())) or (route is not None and _gives_way(route, scope, headers)):
            return False
        try:
            origin = self._guard.check_ingest(headers, api=scope["path"].startswith("/api/"))
        except PilotageError as error:
            await _fail(send, error.problem)
            return True
        cors = _cors(origin, headers) if origin else ()
        if method == "OPTIONS" and origin:
            await send_answer(send, 204, b"", cors)
            return True
        if route is None:
            allowed = ", ".join(sorted(routes))
            problem = Problem("method-not-allowed", f"`{scope['path']}` does not take {method}", hint=f"it takes {allowed}")
            await _fail(send, problem, (("allow", allowed), *cors))
            return True
        reply = await self._handle(route, scope, headers, receive)
        await send_answer(send, reply.status, reply.body, (("content-type", reply.media_type), *reply.headers, *cors))
        return True

    async def _handle(self, route: Route, scope: Message, headers: Headers, receive: Receive) -> Reply:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)) if scope["query_string"] else {}
        client = scope.get("client")
        peer = client[0] if client else ""
        method, path, limits = scope["method"], scope["path"], self._limits
        try:
            body = await read_body(receive, limit=limits.request_bytes, seconds=limits.body_seconds, room=self._room)
        except PilotageError as error:
            return self._receiver.refuse(route, Request(method, path, headers, query, b"", peer), error.problem)
        try:
            return await self._receiver.handle(route, Request(method, path, headers, query, body, peer))
        finally:
            self._room.give(len(body))


def _gives_way(route: Route, scope: Message, headers: Headers) -> bool:
    return route.yields and (scope["path"] in OURS or "text/html" in headers.get("accept", ""))


async def _fail(send: Send, problem: Problem, headers: tuple[tuple[str, str], ...] = ()) -> None:
    await send_answer(send, status_of(problem), body_of(problem), (JSON, *headers))


def _cors(origin: str, headers: Headers) -> tuple[tuple[str, str], ...]:
    """What a browser wants to see; the headers it asks for are granted, since the token among them is what protects."""
    wanted = headers.get("access-control-request-headers", "")
    asked = (("access-control-allow-headers", wanted),) if wanted else ()
    methods = (("access-control-allow-methods", CORS_METHODS), ("access-control-max-age", "600")) if asked else ()
    return (("access-control-allow-origin", origin), ("vary", "Origin"), *methods, *asked)
