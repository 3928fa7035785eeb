"""Live tail: new events of a query as they become searchable, none twice, and a count of those that a busy stream leaves out.

Rows have no ids, so what is new is told by arithmetic. All rows received before a watermark are searchable and counted for good; those
received since are counted again at every look, and of the newest of them each is shown as often as it has not been shown.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import blake2b

from sqlglot import exp

from pilotage.engine.events import streams, with_scan
from pilotage.engine.inquiry import Inquiry, open_inquiry
from pilotage.engine.run import Search, plan_of
from pilotage.language.plan.expressions import Expression, Field, Match
from pilotage.language.plan.nodes import Extend, Node, Project, Scan, Sort, SortKey
from pilotage.language.plan.walk import chain, inputs
from pilotage.language.sql.fragments import aggregate, infix, moment, render
from pilotage.language.sql.lowering import lower
from pilotage.language.sql.output import json_lines
from pilotage.model.problem import Problem, fail
from pilotage.model.time import NANOSECONDS
from pilotage.store.open import Store

RECEIVED = "_indextime"
MOST_LINES = 2000
"""Lines one look reads at most."""
AGREE = 5
"""Tries to find rows and counts of one moment in a busy stream; after that, what comes in between counts as left out."""
MARGIN = 10 * NANOSECONDS
"""How much earlier than its place in the spool a request may have been received: it waited for the disk."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found: new rows as JSON objects, the oldest first; totals since the begin; messages not told before."""

    rows: tuple[bytes, ...]
    events: int
    left_out: int
    messages: tuple[Problem, ...]


@dataclass(slots=True)
class Tail:
    """Follows one query. `loaded` gives epoch nanoseconds: what was received before is searchable by the time it is asked."""

    store: Store
    search: Search
    loaded: Callable[[], int]
    # The name under which the time of receipt travels with a row: none that a query or an event could have.
    _mark: str = field(default_factory=lambda: f"received_{secrets.token_hex(8)}")
    _since: int | None = None
    _closed: int = 0
    _before: int = 0
    _total: int = 0
    _shown: int = 0
    # Rows of the open window that were shown or left out, by digest: how many of them, and when they were received.
    _seen: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    _changes: int = -1
    _told: set[str] = field(default_factory=set)

    def check(self) -> None:
        """Raises PilotageError `not-streaming` for a query that needs all rows, and what makes it no query."""
        for node in inputs(plan_of(self.search, self.search.now or 0)):
            if not (isinstance(node, Scan) or (streams(node) and hasattr(node, "input"))):
                sentence = (
                    f"`{node.command or type(node).__name__.lower()}` is not about events one by one, a live tail shows each as it comes"
                )
                raise fail("not-streaming", sentence, span=node.span, hint="leave it out while tailing, or run the search instead")

    def look(self, budget: int, stop: threading.Event | None = None) -> Look:
        """What is new, at most `budget` rows of it; the first look only learns what is there already. Blocking."""
        changes = self.store.backend.changes()
        if changes == self._changes:
            return Look((), self._total, self._total - self._shown, ())
        first = self._since is None
        horizon = (self.loaded() - MARGIN) // 1_000_000 * 1_000_000
        since = horizon if self._since is None else self._since
        with open_inquiry(self.store, self.search, stop) as inquiry:
            plan = self._marked(inquiry.plan, since)
            new, count, final = self._window(inquiry, plan, horizon)
            messages = tuple(m for m in inquiry.context.messages if m.sentence not in self._told and f"`{RECEIVED}`" not in m.sentence)
        self._told |= {m.sentence for m in messages}
        if first:
            self._before = count
        # Beyond the budget the oldest stay unshown, for good.
        shown = new[: max(0, budget)]
        self._total = self._closed + count - self._before
        self._shown += len(shown)
        self._close(max(horizon, since), final)
        self._changes = changes
        return Look(tuple(reversed(shown)), self._total, self._total - self._shown, messages)

    def _window(self, inquiry: Inquiry, plan: Node, horizon: int) -> tuple[list[bytes], int, int]:
        """Rows not seen before, and the counts, which are taken after: never fewer than the rows.

        At the begin both must be of one moment, or a row that comes in between would be counted and not seen.
        """
        if self._since is not None:
            new = self._unseen(self._rows(inquiry, plan))
            return new, *self._counts(inquiry, plan, horizon)
        for _ in range(AGREE):
            before, final = self._counts(inquiry, plan, horizon)
            self._unseen(self._rows(inquiry, plan))
            if before == self._counts(inquiry, plan, horizon)[0]:
                break
        return [], before, final

    def _marked(self, plan: Node, since: int) -> Node:
        """The plan over rows received since, which carry that time through every command."""
        received: Expression = Match(RECEIVED, ">=", (format(Decimal(since) / NANOSECONDS, "f"),))

        def marked(scan: Scan) -> Node:
            condition = received if scan.condition is None else chain("AND", [scan.condition, received])
            return Extend(replace(scan, condition=condition), ((self._mark, Field(RECEIVED)),))

        return _kept(with_scan(plan, marked), self._mark)

    def _counts(self, inquiry: Inquiry, plan: Node, horizon: int) -> tuple[int, int]:
        """Rows of the window, and those of them received before the horizon, of which there will be no more."""

        def statement() -> str:
            target = lower(inquiry.context, plan).nested()
            received = target.field(self._mark)
            if received is None:
                raise fail("not-streaming", "the query takes every field away, a live tail needs one", hint="name the fields to drop")
            target.project(aggregate("count"))
            target.project(aggregate("countIf", infix(exp.LT, received.sql, moment(horizon))))
            return render(target.select())

        table = inquiry.ask(statement)
        count, final = (int(column.to_pylist()[0]) for column in table.columns)
        return count, final

    def _rows(self, inquiry: Inquiry, plan: Node) -> list[tuple[bytes, int]]:
        """The newest rows of the window without their mark, and when each was received, the newest first."""
        newest = Sort(plan, (SortKey(self._mark, descending=True),), MOST_LINES)
        pattern = re.compile(rb'(?:,"%b":([0-9.]+)|(?<=\{)"%b":([0-9.]+),?)' % (self._mark.encode(), self._mark.encode()))
        found = []
        for line in inquiry.lines(lambda: json_lines(lower(inquiry.context, newest))):
            mark = pattern.search(line)
            if mark is not None:
                received = int(Decimal((mark[1] or mark[2]).decode()) * NANOSECONDS)
                found.append((line[: mark.start()] + line[mark.end() :], received))
        return found

    def _unseen(self, rows: list[tuple[bytes, int]]) -> list[bytes]:
        """Rows there are more of than were seen; they are seen then."""
        here: dict[bytes, int] = {}
        new = []
        for line, received in rows:
            key = blake2b(line, digest_size=16, key=received.to_bytes(8, "little", signed=True)).digest()
            here[key] = here.get(key, 0) + 1
            if here[key] > self._seen.get(key, (0, 0))[0]:
                self._seen[key] = (here[key], received)
                new.append(line)
        return new

    def _close(self, since: int, final: int) -> None:
        """Move the beginning of the window, and forget the rows before it."""
        if self._since is None or since > self._since:
            self._closed += final
            self._since = since
            self._seen = {key: each for key, each in self._seen.items() if each[1] >= since}


def _kept(node: Node, name: str) -> Node:
    """The plan in which no choice of fields drops the field `name`."""
    source = getattr(node, "input", None)
    if source is None:
        return node
    if isinstance(node, Project) and node.mode != "drop":
        node = replace(node, patterns=(*node.patterns, name))
    return replace(node, input=_kept(source, name))  # type: ignore[call-arg]  # has `input`
