"""What a query becomes, stage by stage, without a store: `pilotage explain` and the goldens of the tests."""

from __future__ import annotations

import time

from pilotage.engine.run import Search, plan_of
from pilotage.engine.statements import statements
from pilotage.language import explain as text_stages
from pilotage.language.dialects import dialect_of
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.sql.context import Context
from pilotage.store.catalogue import StaticCatalogue


def explain(
    query: str, *, stage: str, language: str = "spl", earliest: str | None = None, latest: str | None = None, now: int | None = None
) -> str:
    """`ast`, `plan` or `sql` of a query over an unknown store; `now` in epoch nanoseconds."""
    clock = time.time_ns() if now is None else now
    if stage == "sql":
        plan = plan_of(Search(query, language, earliest, latest), clock)
        return statements(plan, Context(StaticCatalogue(), EVAL, AGGREGATES, clock))
    return text_stages.explain(query, stage, dialect_of(language).context(clock, None, earliest, latest), language)
