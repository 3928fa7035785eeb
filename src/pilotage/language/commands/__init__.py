"""The commands of the pipe languages, a file each; found by looking into this folder, never registered."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pilotage.language.syntax.command import Command


@cache
def commands() -> Mapping[str, Command]:
    """Every command by its own name, sorted."""
    found = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        command = importlib.import_module(f"{__name__}.{module.name}").COMMAND
        found[command.name] = command
    return MappingProxyType(found)


@cache
def spellings(dialect: str) -> Mapping[str, Command]:
    """Every command of a dialect by each name it has there."""
    return MappingProxyType({name: command for command in commands().values() for name in command.spellings.get(dialect, ())})
