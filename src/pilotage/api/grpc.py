"""Ingest over gRPC: the same raw bytes into the same protocols, without a deserialiser between."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import grpc
import grpc.aio

from pilotage.api.settings import Settings
from pilotage.ingest.request import Reply, Request, Route
from pilotage.model.problem import fail

if TYPE_CHECKING:
    from pilotage.ingest.receive import Receiver

GRPC = "GRPC"
_CODES = {code.value[0]: code for code in grpc.StatusCode}
# The message is checked by the protocol too; this ceiling keeps gRPC itself from inflating more. Frames are a little larger than bodies.
_SLACK_BYTES = 1024
_PORT_HINT = "choose another port with `--grpc-port`"


class _Methods(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Finds the handler of a full method name; everything else is UNIMPLEMENTED by gRPC itself."""

    def __init__(self, receiver: Receiver) -> None:
        self._handlers = {
            route.path: grpc.unary_unary_rpc_method_handler(_handler(receiver, route))
            for route in receiver.routes()
            if route.method == GRPC
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return self._handlers.get(handler_call_details.method)


def _handler(receiver: Receiver, route: Route) -> Callable[[bytes, Any], Awaitable[bytes]]:
    async def handle(body: bytes, context: Any) -> bytes:
        headers = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        reply = await receiver.handle(route, Request(GRPC, route.path, headers, {}, body, _peer(context.peer())))
        if reply.grpc_status:
            await _abort(context, reply)
        return reply.body

    return handle


async def _abort(context: Any, reply: Reply) -> None:
    """A failure's details (a serialised google.rpc.Status with RetryInfo and the like) travel as a trailer, as stock clients expect."""
    details = (("grpc-status-details-bin", reply.grpc_details),) if reply.grpc_details else ()
    await context.abort(_CODES[reply.grpc_status or 0], reply.grpc_message, details)


def _peer(peer: str) -> str:
    """`ipv4:127.0.0.1:5000` and `ipv6:%5B::1%5D:5000` as an address."""
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else peer


async def start_grpc(receiver: Receiver, settings: Settings, address: str, tls: tuple[Path, Path] | None) -> tuple[grpc.aio.Server, int]:
    """A listening server and its port (for `address` with port 0); raises PilotageError `port-taken`."""
    _check_free(address)
    largest = settings.limits.request_bytes + _SLACK_BYTES
    server = grpc.aio.server(
        handlers=(_Methods(receiver),),
        options=(
            ("grpc.max_receive_message_length", largest),
            ("grpc.so_reuseport", 0),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
        ),
    )
    try:
        if tls is None:
            port = server.add_insecure_port(address)
        else:
            credentials = grpc.ssl_server_credentials([(tls[1].read_bytes(), tls[0].read_bytes())])
            port = server.add_secure_port(address, credentials)
    except RuntimeError as error:
        raise fail("port-taken", f"cannot listen for gRPC on {address}", hint=_PORT_HINT) from error
    await server.start()
    return server, port


def _check_free(address: str) -> None:
    """Refuse a port in use before gRPC does, which would write its own account of it to the terminal first."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), int(port)), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise fail("port-taken", f"cannot listen for gRPC on {address}: {os.strerror(error.errno)}", hint=_PORT_HINT) from error
