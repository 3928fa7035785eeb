from __future__ import annotations

import asyncio
import gzip

import grpc
import grpc.aio
import pytest

from pilotage.api.grpc import start_grpc
from pilotage.api.settings import parse_settings
from pilotage.model.problem import PilotageError

EXPORT = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"


def talk(receiver, conversation, *, config=""):
    async def run():
        server, port = await start_grpc(receiver, parse_settings(config), "127.0.0.1:0", None)
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                return await conversation(channel)
        finally:
            await server.stop(None)

    return asyncio.run(run())


def test_raw_bytes_in_and_out_with_metadata(receiver):
    async def conversation(channel):
        return await channel.unary_unary(EXPORT)(b"abc", metadata=(("x-index", "web"),))

    assert talk(receiver, conversation) == b"cba"
    (request,) = receiver.requests
    assert (request.method, request.path, request.body, request.peer) == ("GRPC", EXPORT, b"abc", "127.0.0.1")
    assert request.headers["x-index"] == "web"


def test_gzip_is_accepted(receiver):
    async def conversation(channel):
        return await channel.unary_unary(EXPORT)(b"a" * 10_000, compression=grpc.Compression.Gzip)

    assert len(talk(receiver, conversation)) == 10_000


def test_a_refusal_carries_code_message_and_details(receiver):
    async def conversation(channel):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary(EXPORT)(b"refuse")
        return caught.value

    error = talk(receiver, conversation)
    assert (error.code(), error.details()) == (grpc.StatusCode.UNAVAILABLE, "try later")
    assert dict(error.trailing_metadata())["grpc-status-details-bin"] == b"\x08\x0e"


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_too_large_after_inflating_is_resource_exhausted(receiver, compression):
    async def conversation(channel):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary(EXPORT)(b"a" * 100_000, compression=compression)
        return caught.value

    error = talk(receiver, conversation, config="[limits]\nrequest_bytes = 50000")
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert receiver.requests == []
    assert len(gzip.compress(b"a" * 100_000)) < 50_000


def test_an_unknown_method_is_unimplemented(receiver):
    async def conversation(channel):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary("/no.Such/Method")(b"")
        return caught.value

    assert talk(receiver, conversation).code() == grpc.StatusCode.UNIMPLEMENTED


def test_a_taken_port_is_named(receiver, capfd):
    async def run():
        first, port = await start_grpc(receiver, parse_settings(""), "127.0.0.1:0", None)
        try:
            await start_grpc(receiver, parse_settings(""), f"127.0.0.1:{port}", None)
        finally:
            await first.stop(None)

    with pytest.raises(PilotageError, match="port-taken"):
        asyncio.run(run())
    assert capfd.readouterr().err == ""
