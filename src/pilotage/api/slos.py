"""Objectives inside the server: begun when there is one, so that a server without objectives pays nothing for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pilotage.schedule.clock import Clock

if TYPE_CHECKING:
    from pilotage.api.settings import LimitSettings
    from pilotage.engine.run import Engine
    from pilotage.state.open import State
    from pilotage.watch.slos.rounds import SloWatch


class SloKeeper:
    """Owns the watch over objectives. All methods block shortly; call them in threads."""

    def __init__(self, engine: Callable[[], Engine], state: State, clock: Clock, limits: LimitSettings) -> None:
        self._engine = engine
        self._state = state
        self._clock = clock
        self._limits = limits
        self._lock = threading.Lock()
        self._watch: SloWatch | None = None
        self._stopped = False

    def resume(self) -> None:
        """Begin if objectives were kept by an earlier run."""
        if self._state.exists() and self._state.documents("slos").all():
            self.changed()

    def changed(self) -> None:
        """An objective was made, changed or dropped."""
        with self._lock:
            if self._stopped:
                return
            if self._watch is None:
                from pilotage.store.backend import Limits  # noqa: PLC0415
                from pilotage.watch.slos.rounds import Means, SloWatch  # noqa: PLC0415 - the languages, numpy, state

                limits = Limits(self._limits.query_seconds, self._limits.query_memory_bytes, self._limits.query_rows_read, 0)
                self._watch = SloWatch(Means(self._engine, self._state, self._clock, limits))
                self._watch.start()
            self._watch.changed()

    @property
    def running(self) -> SloWatch | None:
        """The watch, once there is an objective."""
        return self._watch

    def stop(self) -> None:
        """End."""
        with self._lock:
            self._stopped = True
            if self._watch is not None:
                self._watch.stop()
