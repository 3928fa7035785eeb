"""What was acknowledged and cannot be loaded ends in the `_dead_letter` index, with the reason and the request's own bytes."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Protocol as Interface

import pyarrow as pa

from pilotage.ingest.spool import fields_of
from pilotage.model.names import DEAD_LETTER_INDEX

KEPT_BYTES = 64 << 10
_SEPARATOR = "\x1f"


class Table(Interface):
    """What burying needs of the store."""

    def insert(self, table: str, data: pa.Table) -> None:
        """Append rows to `database.table`."""
        ...


class DeadLetters:
    """Writes dead letters; one row a request (or a line, for files)."""

    def __init__(self, store: Table) -> None:
        self._store = store

    def bury(self, protocol: str, place: str, message: bytes, reason: str) -> None:
        """One row for an envelope: where it was (`place`), its size, its body as text or base64 (the first 64 KiB), and why."""
        found = dict(fields_of(message, lambda n: n in (2, 3, 4, 15)))
        body = found.get(15, b"")
        assert isinstance(body, bytes)  # noqa: S101 - field 15 is length-delimited
        received = found.get(2, 0)
        try:
            text, kind = body[:KEPT_BYTES].decode(), "text"
        except UnicodeDecodeError:
            text, kind = base64.b64encode(body[:KEPT_BYTES]).decode(), "base64"
        values = {
            "dead_letter.reason": reason,
            "dead_letter.protocol": protocol,
            "dead_letter.place": place,
            "dead_letter.index": _string(found.get(3)),
            "dead_letter.encoding": kind,
            "dead_letter.bytes": str(len(body)),
        }
        when = datetime.fromtimestamp((received if isinstance(received, int) else 0) / 1e9, tz=UTC)
        row = {
            "index": [DEAD_LETTER_INDEX],
            "time": pa.array([when], pa.timestamp("ns", "UTC")),
            "received": pa.array([when], pa.timestamp("ms", "UTC")),
            "source": [_string(found.get(4))],
            "sourcetype": [protocol],
            "severity": ["ERROR"],
            "severity_number": pa.array([17], pa.uint8()),
            "body": [text],
            "body_type": ["s"],
            "attributes": pa.array([list(values.values())], pa.list_(pa.string())),
            "attribute_keys": [_SEPARATOR + _SEPARATOR.join(values) + _SEPARATOR],
            "attribute_types": ["sssss" + "i"],
            "resource": [json.dumps({"service.name": "pilotage"})],
            "service": ["pilotage"],
        }
        self._store.insert("pilotage.logs", pa.table(row))


def _string(value: int | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
