"""Writes small databases of network addresses in MaxMind's format, version 2: a binary tree of 24-bit records, then the data."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path

_NODE_BYTES = 6
_SEPARATOR = b"\0" * 16


def _head(kind: int, size: int) -> bytes:
    extended = kind > 7
    first = (0 if extended else kind) << 5
    tail = bytes([kind - 7]) if extended else b""
    if size < 29:
        return bytes([first | size]) + tail
    if size < 285:
        return bytes([first | 29]) + tail + bytes([size - 29])
    return bytes([first | 30]) + tail + struct.pack(">H", size - 285)


def encoded(value: object) -> bytes:
    """A value as the data section holds it."""
    match value:
        case str():
            raw = value.encode()
            return _head(2, len(raw)) + raw
        case float():
            return _head(3, 8) + struct.pack(">d", value)
        case int():
            return _whole(value, 6)
        case dict():
            return _head(7, len(value)) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
        case list():
            return _head(11, len(value)) + b"".join(encoded(v) for v in value)
        case _:
            raise TypeError(type(value))


def _whole(value: int, kind: int) -> bytes:
    raw = value.to_bytes(8, "big").lstrip(b"\0")
    return _head(kind, len(raw)) + raw


_KINDS = {"build_epoch": 9, "node_count": 6}
"""Of whole numbers about the file; the others have 16 bits."""


def _described(about: dict[str, object]) -> bytes:
    pairs = [encoded(k) + (_whole(v, _KINDS.get(k, 5)) if isinstance(v, int) else encoded(v)) for k, v in about.items()]
    return _head(7, len(about)) + b"".join(pairs)


def write_database(path: Path, networks: dict[str, dict[str, object]]) -> Path:
    """A database of version 6 with these networks; those of version 4 lie under `::/96` as everywhere."""
    nodes: list[list[tuple[str, int] | None]] = [[None, None]]
    data, places = b"", dict[str, int]()
    for network, record in networks.items():
        places[network] = len(data)
        data += encoded(record)
    for network, place in places.items():
        known = ipaddress.ip_network(network)
        bits = int(known.network_address)
        length = known.prefixlen + (96 if known.version == 4 else 0)
        node = 0
        for depth in range(length):
            side = (bits >> (127 - depth)) & 1
            if depth == length - 1:
                nodes[node][side] = ("data", place)
                break
            step = nodes[node][side]
            if step is None:
                nodes.append([None, None])
                step = nodes[node][side] = ("node", len(nodes) - 1)
            node = step[1]
    tree = b"".join(_record(each, len(nodes)) for node in nodes for each in node)
    about = {
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1767225600, "database_type": "Test-City",
        "description": {"en": "made by a test"}, "ip_version": 6, "languages": ["en"], "node_count": len(nodes), "record_size": 24,
    }  # fmt: skip
    path.write_bytes(tree + _SEPARATOR + data + b"\xab\xcd\xefMaxMind.com" + _described(about))
    return path


def _record(step: tuple[str, int] | None, count: int) -> bytes:
    number = count if step is None else step[1] if step[0] == "node" else count + 16 + step[1]
    return number.to_bytes(3, "big")
