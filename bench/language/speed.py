"""How long a query takes from its text to its plan, and to its SQL, over samples of the development corpora."""

from __future__ import annotations

import statistics
import time

from bench.language.corpora import corpus, some
from bench.language.trials import Query
from bench.table import Figure
from bench.work import Work
from pilotage.engine.run import Search, plan_of
from pilotage.engine.statements import statements
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.plan.rewrites import optimized
from pilotage.language.sql.context import Context
from pilotage.model.problem import PilotageError
from pilotage.store.catalogue import StaticCatalogue

SAMPLES = 1_000
NOW = 1_767_607_200_000_000_000
GOAL_MS = 5


def planning(work: Work) -> list[Figure]:
    """CPU milliseconds of parse + plan, and of the SQL as well, each query once after a warm-up with others."""
    folder = work.tools.parents[1] / "corpora"
    figures = []
    for name in ("spl", "llm", "sumo"):
        queries = some(corpus(folder, name), SAMPLES // 10 if work.quick else SAMPLES)
        warm, timed = queries[: len(queries) // 5], queries[len(queries) // 5 :]
        for query in warm:
            _spent(query)
        found = [(spent, query) for query in timed if (spent := _spent(query)) is not None]
        if not found:
            figures.append(Figure(f"parse + plan, {name}", None, "ms", f"<= {GOAL_MS}", f"no corpus in {folder.name}"))
            continue
        slowest = max(found, key=lambda each: each[0][0])
        for place, title in enumerate(("parse + plan", "and SQL")):
            times = sorted(each[0][place] for each in found)
            note = (
                f"p95 {times[int(0.95 * len(times))]:.2f}, longest {times[-1]:.0f}; {len(times)} queries of "
                f"{statistics.median(len(each[1].text) for each in found):.0f} letters (median)"
            )
            goal = f"<= {GOAL_MS}" if place == 0 else ""
            figures.append(Figure(f"{title}, {name}", round(statistics.median(times), 2), "ms", goal, note))
        work.keep({"item": f"planning {name}", "slowest": slowest[1].id, "ms": slowest[0][0]})
    return figures


def _spent(query: Query) -> tuple[float, float] | None:
    """CPU milliseconds to the plan and to the SQL; `None` when the query is refused."""
    search = Search(query.text, language=query.language, knowledge=lambda: query.knowledge, earliest="-1h", latest="now")
    begin = time.process_time()
    try:
        plan = optimized(plan_of(search, NOW))
        planned = time.process_time()
        statements(plan, Context(StaticCatalogue(), EVAL, AGGREGATES, NOW))
    except PilotageError:
        return None
    return 1000 * (planned - begin), 1000 * (time.process_time() - begin)
