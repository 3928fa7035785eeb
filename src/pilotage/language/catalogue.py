"""What a plan needs to know about stored data, as a Protocol: planning runs without an engine.

`store.catalogue` implements it over the live tables; `pilotage check`, `explain` and tests use `store`'s static half.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from sqlglot import exp


class Kind(Enum):
    """How a SQL column holds values of the language.

    | kind | SQL type | rendered as |
    |---|---|---|
    | NUMBER | Nullable(Float64 or any integer) | JSON number (integers beyond 2^53 as strings) |
    | TEXT | Nullable(String) | JSON string |
    | BOOLEAN | Nullable(Bool) | `true`/`false` |
    | TIME | Nullable(DateTime64(9)) | epoch seconds with fraction (`_time`) |
    | MULTI | Array(String) (empty = null) | JSON array |
    | VALUE | Nullable(String), type known only per row | by its type letter, else a number if canonical numeric text |
    | JSON | Nullable(String) holding JSON text | inserted raw |
    """

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    TIME = "time"
    MULTI = "multi"
    VALUE = "value"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where a field of a table comes from: a SQL expression over the table's own columns.

    `value` is nullable (null = absent). For `Kind.VALUE`, `type` yields the per-row letter of `model.names.ValueType`.
    `equals` (optional) is a cheaper expression `f(column)` to compare with a text constant when absence needs no care: a row lacking the
    field yields ''.
    """

    value: exp.Expression
    kind: Kind
    type: exp.Expression | None = None
    equals: exp.Expression | None = None


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

    def used(self, table: str, name: str) -> None:
        """Count one use of an attribute in a filter, group or aggregate: hot ones are promoted to columns later."""
        ...
