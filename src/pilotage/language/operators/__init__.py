"""The operators of Sumo's language, a file each; found by looking into this folder, never registered."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pilotage.language.syntax.operator import Operator


@cache
def operators() -> Mapping[str, Operator]:
    """Every operator by its own name, sorted."""
    found: dict[str, Operator] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        operator = importlib.import_module(f"{__name__}.{module.name}").OPERATOR
        found[operator.name] = operator
    return MappingProxyType(found)


@cache
def spellings() -> Mapping[str, Operator]:
    """Every operator by each of its names."""
    return MappingProxyType({name: operator for operator in operators().values() for name in operator.spellings})
