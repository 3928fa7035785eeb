"""Machine code from numeric Python. Whatever imports this module loads numba, so it is imported when a detector is first used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """`function` compiled on its first call and kept on disk; where no folder is writable it is compiled anew in each process."""
    try:
        return cast("F", njit(cache=True, error_model="numpy")(function))
    except RuntimeError:  # numba found no folder to keep it in
        return cast("F", njit(error_model="numpy")(function))
