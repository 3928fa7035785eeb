"""What a plan needs to know about stored data, as a Protocol: planning runs without an engine.

`store.catalogue` implements it over the live tables; `pilotage check`, `explain` and tests use `store`'s static half.
"""

from __future__ import annotations

from typing import Protocol

from sqlglot import exp

from pilotage.model.fields import FieldSource, Kind

__all__ = ["Catalogue", "FieldSource", "Kind"]


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
