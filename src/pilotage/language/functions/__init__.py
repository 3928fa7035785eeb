"""The functions of `eval` and `stats`, one file a family, found by scanning this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from pilotage.language.sql.signature import AggregateFunction, Function


def _found() -> tuple[dict[str, Function], dict[str, AggregateFunction]]:
    evals: dict[str, Function] = {}
    aggregates: dict[str, AggregateFunction] = {}
    for module in pkgutil.iter_modules(__path__):
        for thing in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
            if isinstance(thing, Function):
                evals.update(dict.fromkeys((thing.name, *thing.aliases), thing))
            elif isinstance(thing, AggregateFunction):
                aggregates.update(dict.fromkeys((thing.name, *thing.aliases), thing))
    return evals, aggregates


EVAL: Mapping[str, Function]
AGGREGATES: Mapping[str, AggregateFunction]
EVAL, AGGREGATES = _found()
