"""Counts of what came in, by stream and by sender: received, acknowledged, loaded, refused, buried, and how far loading lags behind."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass

from pilotage.ingest.senders import Sender, Senders


@dataclass(slots=True)
class Counts:
    """Totals of one stream since the start. Items are spans, records, points or events; lag in seconds."""

    requests: int = 0
    received_bytes: int = 0
    acknowledged: int = 0
    repeated: int = 0
    loaded: int = 0
    buried: int = 0
    lag_seconds: float = 0.0
    last_loaded: float = 0.0


class Statistics:
    """Thread-safe totals; `api.telemetry` reads them."""

    def __init__(self) -> None:
        self.senders = Senders()
        self._lock = threading.Lock()
        self._streams: defaultdict[str, Counts] = defaultdict(Counts)
        self._refused: defaultdict[tuple[str, str], int] = defaultdict(int)

    def acknowledged(self, stream: str, items: int, size: int, *, sender: Sender | None = None, repeated: bool = False) -> None:
        """A request was acknowledged; `repeated` when it was stored before. What comes from no client has no `sender`."""
        if sender is not None:
            self.senders.acknowledged(sender, stream, items, size)
        with self._lock:
            counts = self._streams[stream]
            counts.requests += 1
            counts.received_bytes += size
            if repeated:
                counts.repeated += items
            else:
                counts.acknowledged += items

    def refused(self, sender: Sender, code: str, sentence: str) -> None:
        """A request of `sender` was refused for the reason `code`, in the words of `sentence`."""
        with self._lock:
            self._refused[sender.protocol, code] += 1
        self.senders.refused(sender, code, sentence)

    def loaded(self, stream: str, items: int, lag: float) -> None:
        """A segment became rows, `lag` seconds after it was begun."""
        with self._lock:
            counts = self._streams[stream]
            counts.loaded += items
            counts.lag_seconds = lag
            counts.last_loaded = time.time()

    def buried(self, stream: str, items: int) -> None:
        """Items went to the dead-letter index."""
        with self._lock:
            self._streams[stream].buried += items

    def streams(self) -> dict[str, Counts]:
        """A copy of every stream's totals."""
        with self._lock:
            return {name: Counts(**{f: getattr(c, f) for f in Counts.__slots__}) for name, c in self._streams.items()}

    def refusals(self) -> dict[tuple[str, str], int]:
        """(protocol, code) → requests refused."""
        with self._lock:
            return dict(self._refused)
