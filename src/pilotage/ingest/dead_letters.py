"""What was acknowledged and cannot be loaded ends in the `_dead_letter` index, with the reason and the request's own bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol as Interface

import pyarrow as pa

from pilotage.ingest.spool import fields_of
from pilotage.model.names import DEAD_LETTER_INDEX

KEPT_BYTES = 64 << 10
READ_BYTES = 256 << 10
_SEPARATOR = "\x1f"


class Table(Interface):
    """What burying needs of the store."""

    def insert(self, table: str, data: pa.Table) -> None:
        """Append rows to `database.table`."""
        ...


class DeadLetters:
    """Writes dead letters; one row a request (or a line, for files)."""

    def __init__(self, store: Table, scrubbed: Callable[[Sequence[bytes]], list[bytes]] = list) -> None:
        """`scrubbed` hides in texts what the rules hide, before anything is written."""
        self._store = store
        self._scrubbed = scrubbed

    def bury(self, protocol: str, place: str, message: bytes, reason: str) -> None:
        """One row for an envelope: where it was (`place`), its size, its body as text or base64 (the first 64 KiB), and why."""
        found = dict(fields_of(message, lambda n: n in (2, 3, 4, 15)))
        body = found.get(15, b"")
        assert isinstance(body, bytes)  # noqa: S101 - field 15 is length-delimited
        received = found.get(2, 0)
        texts = (body[:READ_BYTES], reason.encode("utf-8", "replace"), _bytes(found.get(3)), _bytes(found.get(4)))
        kept, why, index, source = self._scrubbed(texts)
        # Where the body was cut something may have been cut in two and not recognised: keep well away from there.
        kept = kept[: KEPT_BYTES if len(body) <= READ_BYTES else min(KEPT_BYTES, len(kept) // 2)]
        try:
            text, kind = kept.decode(), "text"
        except UnicodeDecodeError:
            text, kind = base64.b64encode(kept).decode(), "base64"
        values = {
            "dead_letter.reason": why.decode("utf-8", "replace"),
            "dead_letter.protocol": protocol,
            "dead_letter.place": place,
            "dead_letter.index": index.decode("utf-8", "replace"),
            "dead_letter.encoding": kind,
            "dead_letter.bytes": str(len(body)),
        }
        when = datetime.fromtimestamp((received if isinstance(received, int) else 0) / 1e9, tz=UTC)
        row = {
            "index": [DEAD_LETTER_INDEX],
            "time": pa.array([when], pa.timestamp("ns", "UTC")),
            "received": pa.array([when], pa.timestamp("ms", "UTC")),
            "source": [source.decode("utf-8", "replace")],
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


def _bytes(value: int | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b""
