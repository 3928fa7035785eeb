"""Facts of the data that lowering asks for (`language.sql.context.Facts`), each answered by one small query of the same search."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.nodes import Node
from pilotage.language.sql.context import Context
from pilotage.language.sql.lowering import lower
from pilotage.language.sql.output import distinct_values, present_names, time_bounds
from pilotage.store.backend import ReadSession

MOST_VALUES = 1000
"""Columns that `eval {field}=…` may make."""


class QueriedFacts:
    """Answers by running the input of a node in the search's own session."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        self.context: Context | None = None

    def _context(self) -> Context:
        if self.context is None:
            raise RuntimeError("facts are asked for before the context is set")
        return replace(self.context, messages=[])

    def _row(self, sql: str) -> dict[str, object]:
        for batch in self._session.arrow(sql):
            for row in batch.to_pylist():
                return dict(row)
        return {}

    def bounds(self, node: Node, field: str) -> tuple[int, int] | None:
        """The smallest and largest time of `field`, epoch nanoseconds."""
        sql = time_bounds(lower(self._context(), node), field)
        values = list(self._row(sql).values()) if sql is not None else []
        if len(values) != 3 or not values[0] or not isinstance(values[1], int) or not isinstance(values[2], int):
            return None
        return values[1], values[2]

    def names(self, node: Node) -> tuple[str, ...]:
        """Names of the fields with a value in some row, known columns first."""
        found: list[str] = []
        for number, part in enumerate(self._row(present_names(lower(self._context(), node))).values()):
            names = [str(name) for name in part if name] if isinstance(part, list) else []
            found += sorted(names) if number else names
        return tuple(dict.fromkeys(found))

    def values(self, node: Node, field: str) -> tuple[str, ...]:
        """The distinct values of a field as text, sorted."""
        sql = distinct_values(lower(self._context(), node), field, MOST_VALUES)
        values = list(self._row(sql).values()) if sql is not None else []
        return tuple(str(v) for v in values[0]) if values and isinstance(values[0], list) else ()
