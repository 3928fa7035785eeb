"""The detectors of `learn/detectors`, found by scanning the folder and the entry point `pilotage.detectors`."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from importlib.metadata import entry_points

from pilotage.learn.contract import Detector
from pilotage.model.problem import fail

GROUP = "pilotage.detectors"


@functools.cache
def detectors() -> Mapping[str, Detector]:
    """Every detector by its persisted name. Loads numba."""
    from pilotage.learn import detectors as folder  # noqa: PLC0415

    found: dict[str, Detector] = {}
    for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        each: Detector = importlib.import_module(module.name).DETECTOR
        if each.name in found:
            raise fail("detector-twice", f"two detectors are called `{each.name}`")
        found[each.name] = each
    for plugin in entry_points(group=GROUP):
        each = plugin.load()
        found.setdefault(each.name, each)
    return found


def detector(name: str) -> Detector:
    """The detector of this name. Raises code `detector-unknown`."""
    try:
        return detectors()[name]
    except KeyError:
        hint = f"there are: {', '.join(sorted(detectors()))}"
        raise fail("detector-unknown", f"there is no detector `{name}`", hint=hint) from None
