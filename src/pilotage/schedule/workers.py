"""Where heavy work runs: threads of this process, a pool of spawned ones, or Ray; all behind one `map(function, items)`."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from pilotage.model.problem import fail

T = TypeVar("T")
R = TypeVar("R")
Place = Literal["threads", "processes", "ray"]


class Workers:
    """`map` on `count` workers. Processes and Ray need a function of a module and values that can be sent; the engine is never sent.

    Processes are spawned: one forked after the engine was loaded may hang. Close it, or use it in a `with`.
    """

    def __init__(self, place: Place = "threads", count: int = 0, address: str | None = None) -> None:
        self._place = place
        self._count = count or max(1, (os.cpu_count() or 1) - 1)
        self._address = address
        self._pool: Executor | None = None
        self._ray: Any = None

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """The results in the order of the items. An exception of one is raised when its turn comes. Raises `workers-missing`."""
        if self._place == "ray":
            return self._on_ray(function, items)
        if self._pool is None:
            self._pool = (
                ThreadPoolExecutor(self._count, thread_name_prefix="worker")
                if self._place == "threads"
                else ProcessPoolExecutor(self._count, multiprocessing.get_context("spawn"))
            )
        return self._pool.map(function, items)

    def _on_ray(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        if self._ray is None:
            if find_spec("ray") is None:
                raise fail("workers-missing", "work is to run on Ray, which is not installed", hint="`pip install 'pilotage[ray]'`")
            self._ray = import_module("ray")
            if not self._ray.is_initialized():
                local: dict[str, object] = {"num_cpus": self._count, "include_dashboard": False}
                self._ray.init(address=self._address, log_to_driver=False, **({} if self._address else local))
        task = self._ray.remote(_called)
        waiting = [task.remote(function, item) for item in items]
        return (self._ray.get(each) for each in waiting)

    def close(self) -> None:
        """End the workers that were started here."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
        if self._ray is not None:
            if self._address is None:
                self._ray.shutdown()
            self._ray = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _called(function: Callable[[T], R], item: T) -> R:
    """What Ray runs: it takes functions written in Python only, and `function` may be another."""
    return function(item)
