"""Plan nodes about lookups and effects: the rows of a lookup, rows looked up in one, and what a search leaves behind."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Node


@dataclass(frozen=True, slots=True)
class LookupRows(Node):
    """`inputlookup`: the rows of the lookup `table` in its order, from row `start` on, those for which `condition` is true.

    `most` bounds what is left; 0 = all.
    """

    table: str
    start: int = 0
    most: int = 0
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class Lookup(Node):
    """`lookup`: columns of the matching rows of `table` beside each row of `input`.

    `keys` are (column of the table, field of the row), equal as the lookup's definition compares them; `outputs` (column, field to set),
    `None` for all columns that are no keys. With `fresh_only` a field that has a value keeps it (OUTPUTNEW); otherwise a row without a
    match loses it. `absent` is what to say where there is no such table: its columns are null then; '' = that is an error.
    """

    input: Node
    table: str
    keys: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...] | None = None
    fresh_only: bool = False
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Write(Node):
    """An effect: the rows pass through, and are written as `kind` (`lookup`, `events`, `points`) to `target` when the last one is known.

    `options` are plain values that the kind knows.
    """

    input: Node
    kind: str
    target: str
    options: tuple[tuple[str, str | int | bool | None], ...] = ()
