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


_SHARED = {
    "if": "if", "isnull": "isnull", "null": "null", "now": "sumo.now", "abs": "abs", "ceil": "ceiling", "floor": "floor",
    "pow": "pow", "sqrt": "sqrt", "log": "ln", "exp": "exp", "max": "max", "min": "min", "length": "len", "tolowercase": "lower",
    "tolower": "lower", "lower": "lower", "touppercase": "upper", "toupper": "upper", "upper": "upper", "num": "tonumber",
    "number": "tonumber", "double": "tonumber", "todouble": "tonumber", "tonumber": "tonumber", "urldecode": "urldecode",
    "tostring": "tostring", "string": "tostring", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos",
    "atan": "atan", "atan2": "atan2", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "hypot": "hypot", "matches": "match",
    "coalesce": "coalesce", "round": "round",
}  # fmt: skip
"""Sumo's names of functions that mean the same in both languages."""

EVAL: Mapping[str, Function]
AGGREGATES: Mapping[str, AggregateFunction]
EVAL, AGGREGATES = _found()
SUMO: Mapping[str, Function] = {
    **{name: EVAL[known] for name, known in _SHARED.items()},
    **{name: function for function in EVAL.values() for name in function.sumo},
}
"""The functions of Sumo's language by their names in lower case."""
