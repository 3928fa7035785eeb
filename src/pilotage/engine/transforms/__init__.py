"""Steps over rows in Python, a file each: found by looking into this folder, never registered. A plan's `Transform` names one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from pilotage.engine.frame import Frame
from pilotage.language.sql.context import Context

Option = str | float | int | bool | None
Run = Callable[[Frame, Mapping[str, Option], Context], Frame]


@dataclass(frozen=True, slots=True)
class Step:
    """A transform by its persisted name; `run(rows, options, context)` gives the new rows and may leave messages in the context."""

    name: str
    run: Run


@cache
def steps() -> Mapping[str, Step]:
    """Every transform by its name."""
    found: dict[str, Step] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        step = getattr(importlib.import_module(f"{__name__}.{info.name}"), "STEP", None)
        if isinstance(step, Step):
            found[step.name] = step
    return MappingProxyType(found)
