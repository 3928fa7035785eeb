"""Notices in the rows handed out that `list()` reached its limit: only they can tell."""

from __future__ import annotations

import json
from collections.abc import Callable

from pilotage.language.functions.occurrences import LIST_LENGTH
from pilotage.language.plan.nodes import Aggregate, Aggregation, Node, Series
from pilotage.language.plan.walk import plans
from pilotage.language.plan.windows import Window


class LongLists:
    """Looks at the columns of a plan's `list()` aggregates; `warn(column)` is called once for each that was cut."""

    def __init__(self, plan: Node, warn: Callable[[str], None]) -> None:
        self._names = {a.alias for node in plans(plan) if isinstance(node, Aggregate | Series | Window) for a in _lists(node.aggregations)}
        self._warn = warn

    def note(self, lines: bytes) -> None:
        """Look at whole lines of JSON. Costs nothing where no list is, and a count of commas where none is long."""
        if not self._names or lines.count(b",") < LIST_LENGTH - 1:
            return
        for line in lines.splitlines():
            if not self._names:
                return
            if line.count(b",") < LIST_LENGTH - 1:
                continue
            row = json.loads(line)
            for name in [n for n in self._names if isinstance(row.get(n), list) and len(row[n]) >= LIST_LENGTH]:
                self._names.discard(name)
                self._warn(name)


def _lists(aggregations: tuple[Aggregation, ...]) -> list[Aggregation]:
    return [a for a in aggregations if a.function == "list"]
