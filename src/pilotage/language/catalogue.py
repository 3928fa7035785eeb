"""What a plan needs to know about stored data, as a Protocol: planning runs without an engine.

`store.catalogue` implements it over the live tables; `pilotage check`, `explain` and tests use `store`'s static half.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from sqlglot import exp

from pilotage.model.fields import FieldSource, Kind
from pilotage.model.knowledge import Macro

__all__ = ["Catalogue", "FieldSource", "Kind", "Knowledge", "KnownObjects", "Macro"]


class Catalogue(Protocol):
    """Fields, tables and promoted columns of the store."""

    def tables(self, indexes: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the event tables (`logs`, `spans`, `points`) that hold any index matching one of the patterns; `logs` when unknown."""
        ...

    def indexes(self) -> tuple[str, ...]:
        """Every index that exists, sorted."""
        ...

    def fixed(self, table: str) -> dict[str, FieldSource]:
        """The fixed fields of `table` in display order, `_time` first (`_time _raw index source …`)."""
        ...

    def field(self, table: str, name: str) -> FieldSource:
        """Any field of `table` by name (fixed, attribute, scope, resource, or an explicit prefix); its promoted column if it has one."""
        ...

    def known_fields(self, indexes: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the fields seen in the matching indexes, fixed ones included, for wildcards, warnings and completion."""
        ...

    def remainder(self, table: str, excluded: tuple[str, ...]) -> exp.Expression:
        """All other fields of the row as `Array(Tuple(String, String))`: name → JSON text, without the names in `excluded`."""
        ...

    def remainder_members(self, table: str) -> exp.Expression:
        """All other fields of the row as the text of JSON members, `,"name":value,"name":value…`."""
        ...

    def used(self, table: str, name: str) -> None:
        """Count one use of an attribute in a filter, group or aggregate: hot ones are promoted to columns later."""
        ...


class Knowledge(Protocol):
    """What people have named: macros, event types, tags. The tables of lookups are the engine's."""

    def macro(self, name: str, arguments: int) -> Macro | None:
        """The macro of a name and number of arguments."""
        ...

    def macros(self) -> tuple[str, ...]:
        """Every macro as `name` or `name(2)`, sorted."""
        ...

    def eventtype(self, name: str) -> str | None:
        """The search an event type stands for."""
        ...

    def tagged(self, tag: str) -> tuple[tuple[str, str], ...]:
        """The (field, value) pairs that carry a tag."""
        ...

    def eventtype_names(self) -> tuple[str, ...]:
        """Every event type, sorted."""
        ...

    def tag_names(self) -> tuple[str, ...]:
        """Every tag, sorted."""
        ...

    @property
    def complete(self) -> bool:
        """Whether a name that is not here does not exist; without a server nobody knows."""
        ...


@dataclass(frozen=True, slots=True)
class KnownObjects:
    """`Knowledge` out of memory: macros by `name` or `name(2)`, event types by name, tags by name."""

    defined: Mapping[str, Macro] = field(default_factory=lambda: MappingProxyType({}))
    eventtypes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tags: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=lambda: MappingProxyType({}))
    complete: bool = False

    def macro(self, name: str, arguments: int) -> Macro | None:
        """The macro of a name and number of arguments."""
        return self.defined.get(f"{name}({arguments})" if arguments else name)

    def macros(self) -> tuple[str, ...]:
        """Every macro, sorted."""
        return tuple(sorted(self.defined))

    def eventtype(self, name: str) -> str | None:
        """The search an event type stands for."""
        return self.eventtypes.get(name)

    def tagged(self, tag: str) -> tuple[tuple[str, str], ...]:
        """The (field, value) pairs that carry a tag."""
        return self.tags.get(tag, ())

    def eventtype_names(self) -> tuple[str, ...]:
        """Every event type, sorted."""
        return tuple(sorted(self.eventtypes))

    def tag_names(self) -> tuple[str, ...]:
        """Every tag, sorted."""
        return tuple(sorted(self.tags))
