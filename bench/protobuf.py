"""Protobuf written by hand: the few messages that senders of the benchmarks make."""

from __future__ import annotations

import pyarrow as pa


def varint(number: int) -> bytes:
    """Base-128 of a non-negative integer."""
    out = b""
    while number > 127:
        out, number = out + bytes((number & 127 | 128,)), number >> 7
    return out + bytes((number,))


def field(number: int, data: bytes) -> bytes:
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def loki_push(labels: str, lines: list[str], now: int) -> bytes:
    """PushRequest{streams = 1{labels = 1, entries = 2{timestamp = 1{seconds = 1, nanos = 2}, line = 2}}} as a snappy block.

    Lines are a nanosecond apart from `now` on.
    """
    entries = b""
    for n, line in enumerate(lines):
        moment = b"\x08" + varint((now + n) // 10**9) + b"\x10" + varint((now + n) % 10**9)
        entries += field(2, field(1, moment) + field(2, line.encode()))
    return bytes(pa.compress(field(1, field(1, labels.encode()) + entries), codec="snappy", asbytes=True))
