"""What a query becomes, stage by stage, without running it: `pilotage explain` and the goldens of the tests."""

from __future__ import annotations

import time
from dataclasses import replace

from pilotage.engine.run import Search, plan_of
from pilotage.language import explain as text_stages
from pilotage.language.catalogue import Catalogue
from pilotage.language.dialects import spl
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.plan.nodes import Node, Rows, Scan, Series, Stage
from pilotage.language.sql.context import Context, StageColumn, StageTable
from pilotage.language.sql.lowering import input_of, lower
from pilotage.language.sql.output import json_lines, typed
from pilotage.language.sql.series import long
from pilotage.model.fields import Kind
from pilotage.store.catalogue import StaticCatalogue


def statement(search: Search, catalogue: Catalogue) -> str:
    """Every statement of a search, in the order they would run."""
    now = time.time_ns() if search.now is None else search.now
    context = Context(catalogue, EVAL, AGGREGATES, now, search.zone)
    found: list[str] = []
    plan = _settled(context, plan_of(search, now), found)
    found.append(json_lines(lower(context, plan)))
    return ";\n\n".join(found)


def _settled(context: Context, node: Node, found: list[str]) -> Node:
    """As `stages.settle`, but a series known at run time only is shown as the columns of its first name."""
    if isinstance(node, Scan | Rows | Stage):
        return node
    node = replace(node, input=_settled(context, input_of(node), found))  # type: ignore[call-arg]
    if not (isinstance(node, Series) and node.by is not None):
        return node
    relation, shape = long(lower(context, node.input), node)
    sql, columns = typed(relation, letters_too=True)
    found.append(sql)
    name = f"series_of_{len(found)}"
    cells = [
        StageColumn(f"{alias}{shape.separator}…", f"v{i}", Kind.NUMBER, None, zero) for i, (alias, zero) in enumerate(shape.aggregates)
    ]
    context.stages[name] = StageTable((StageColumn(shape.over, "k", columns[0].kind), *cells), shape.grid)
    return Stage(name, command=node.command, span=node.span)


def explain(query: str, *, stage: str, language: str = "spl", earliest: str | None = None, latest: str | None = None) -> str:
    """`ast`, `plan` or `sql` of a query over an unknown store."""
    search = Search(query, language, earliest, latest)
    if stage == "sql":
        return statement(search, StaticCatalogue())
    return text_stages.explain(query, stage, spl.context(time.time_ns(), None, earliest, latest))
