"""Questions about a query beside its rows: its plan, lowered and run in a session of its own under the query's limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa

from pilotage.engine.blame import located
from pilotage.engine.facts import QueriedFacts
from pilotage.engine.run import Search, read
from pilotage.engine.watch import StopSign, Watch, shallow
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.plan.nodes import Node
from pilotage.language.sql.context import Context
from pilotage.model.problem import PilotageError
from pilotage.store.backend import ReadSession
from pilotage.store.open import Store


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A plan and what is needed to ask the store about it."""

    plan: Node
    context: Context
    session: ReadSession

    def ask(self, build: Callable[[], str]) -> pa.Table:
        """All rows of the statement that `build` makes."""
        with shallow():
            sql = build()
        batches = list(self.session.arrow(sql))
        return pa.Table.from_batches(batches) if batches else pa.table({})

    def lines(self, build: Callable[[], str]) -> list[bytes]:
        """The lines of a statement of one String column."""
        with shallow():
            sql = build()
        return b"".join(self.session.text(sql)).splitlines()


@contextmanager
def open_inquiry(store: Store, search: Search, stop: threading.Event | None = None) -> Iterator[Inquiry]:
    """Plan the search and hold a session for it. Setting `stop` gives up: at once when it is a `StopSign`. Raises `PilotageError`."""
    watch = Watch(search.limits.seconds, stop)
    now = time.time_ns() if search.now is None else search.now
    plan, text = read(search, now, search.knowledge())
    session = store.backend.reader(search.limits)
    sign = stop if isinstance(stop, StopSign) else None
    try:
        if sign is not None:
            sign.attach(session.cancel)
        facts = QueriedFacts(session)
        context = Context(store.catalogue, EVAL, AGGREGATES, now, search.zone, facts, query=text.text, origin=text.back, check=watch.check)
        facts.context = context
        yield Inquiry(plan, context, session)
    except PilotageError as error:
        found = located(error.problem, plan, text.text)
        error.problem = found if found.span is None else replace(found, span=text.back(found.span))
        raise
    finally:
        if sign is not None:
            sign.detach()
        session.close()
