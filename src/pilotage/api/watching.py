"""Monitors inside the server: begun when there is one, so that a server without monitors pays nothing for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pilotage.schedule.clock import Clock

if TYPE_CHECKING:
    from pilotage.api.settings import Settings
    from pilotage.engine.run import Engine
    from pilotage.schedule.workers import Workers
    from pilotage.state.open import State
    from pilotage.watch.rounds import Watch


class Watching:
    """Owns the watch of a server. All methods block shortly; call them in threads."""

    def __init__(self, engine: Callable[[], Engine], state: State, clock: Clock, settings: Settings) -> None:
        self._engine = engine
        self._state = state
        self._clock = clock
        self._settings = settings
        self._lock = threading.Lock()
        self._watch: Watch | None = None
        self._workers: Workers | None = None
        self._stopped = False

    def resume(self) -> None:
        """Begin if monitors were kept by an earlier run."""
        if self._state.exists() and self._state.monitors.all():
            self.changed()

    def changed(self) -> None:
        """A monitor was made, changed or dropped."""
        with self._lock:
            if self._stopped:
                return
            if self._watch is None:
                from pilotage.schedule.workers import Workers  # noqa: PLC0415
                from pilotage.store.backend import Limits  # noqa: PLC0415
                from pilotage.watch.evaluation import Evaluation  # noqa: PLC0415 - the languages, numpy, state
                from pilotage.watch.rounds import Watch  # noqa: PLC0415

                limits, watch = self._settings.limits, self._settings.watch
                spend = Limits(limits.query_seconds, limits.query_memory_bytes, limits.query_rows_read, 0)
                self._workers = Workers(watch.workers, watch.count, watch.ray_address)
                evaluation = Evaluation(self._engine, self._state, self._workers.map, spend)
                self._watch = Watch(self._engine, self._state, self._clock, evaluation)
                self._watch.start()
            self._watch.changed()

    @property
    def running(self) -> Watch | None:
        """The watch, once there is a monitor."""
        return self._watch

    def stop(self) -> None:
        """End the rounds and keep what was learned."""
        with self._lock:
            self._stopped = True
            if self._watch is not None:
                self._watch.stop()
            if self._workers is not None:
                self._workers.close()
