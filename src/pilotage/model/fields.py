"""How a field is read: the kind of its values and the SQL that yields them. Shared by whoever plans a query and whoever stores the rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    field yields ''. `lists` says that some row may hold an array.
    """

    value: exp.Expression
    kind: Kind
    type: exp.Expression | None = None
    equals: exp.Expression | None = None
    lists: bool = False
