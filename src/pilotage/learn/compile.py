"""Machine code from numeric Python; a module that imports this one imports numba, so such modules are imported when a detector is first used."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """`function` compiled on its first call and kept on disk; where no folder is writable it is compiled anew in each process."""
    compiled: F
    with contextlib.suppress(RuntimeError):
        compiled = njit(cache=True, error_model="numpy")(function)
        return compiled
    compiled = njit(error_model="numpy")(function)
    return compiled
