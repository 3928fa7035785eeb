"""One line on a terminal that says how far a transfer is; silent when stderr is a file or a pipe."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

SECONDS_BETWEEN = 0.2
BAR_CHARACTERS = 24


class Progress:
    """Progress of one named transfer of `total` bytes (None = unknown)."""

    def __init__(self, name: str, total: int | None = None) -> None:
        self._name = name
        self._total = total
        self._started = time.monotonic()
        self._shown = 0.0
        self._on = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._on and self._shown:
            sys.stderr.write("\n")

    def show(self, done: int, note: str = "") -> None:
        """Say that `done` bytes are through."""
        now = time.monotonic()
        if not self._on or now - self._shown < SECONDS_BETWEEN:
            return
        self._shown = now
        rate = done / max(now - self._started, 1e-3) / 1e6
        bar = ""
        if self._total:
            share = min(1.0, done / self._total)
            bar = "[" + "#" * int(share * BAR_CHARACTERS) + " " * (BAR_CHARACTERS - int(share * BAR_CHARACTERS)) + f"] {share:4.0%} "
        sys.stderr.write(f"\r\x1b[K{self._name} {bar}{done / 1e6:.1f} MB, {rate:.1f} MB/s {note}")
        sys.stderr.flush()
