"""The plan node of `transaction`: events that belong together, as one row."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Node

MADE = frozenset({"duration", "eventcount", "closed_txn", "_txn_orphan"})
"""Columns that the node adds, over any of these names in its rows."""


@dataclass(frozen=True, slots=True)
class Transaction(Node):
    """Rows with equal `fields`, read from the newest to the oldest and cut where a rule says so, each piece one row.

    A piece begins anew at a row where `ends` is true and behind one where `starts` is; before a row that would make it longer than `span`
    seconds, that is more than `pause` seconds older than the one before, or that would be its (`most` + 1)th (0 = no such limit). A piece
    is complete when it has the start and the end that are asked for; others are left out unless `evicted`. `orphans` keeps rows without any
    of the fields. Other fields become sorted distinct values, those that match `lists` (names or patterns) every value in order of time
    with `empty` for null. `cuts` is the stage with the cuts that `span` makes (set by the engine).
    """

    input: Node
    fields: tuple[str, ...]
    starts: Expression | None = None
    ends: Expression | None = None
    span_seconds: float | None = None
    pause_seconds: float | None = None
    most: int = 1000
    evicted: bool = False
    orphans: bool = False
    lists: tuple[str, ...] = ()
    empty: str = "NULL"
    raw_list: bool = False
    delimiter: str = " "
    cuts: str = ""
