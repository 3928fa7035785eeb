"""The SQL a plan becomes, written down without running it."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.branches import Fork, Join, Paste, Union
from pilotage.language.plan.knowledge import LookupRows
from pilotage.language.plan.nodes import Node, Rows, Scan, Series, Stage, Transform
from pilotage.language.plan.rewrites import optimized
from pilotage.language.plan.rewrites.absence import provided
from pilotage.language.plan.rewrites.learning import runnable
from pilotage.language.plan.rewrites.locations import located
from pilotage.language.plan.rewrites.lookups import answered
from pilotage.language.plan.rewrites.regexes import hoisted
from pilotage.language.plan.walk import grafted
from pilotage.language.sql.context import STAGE_DATABASE, Context, StageColumn, StageTable
from pilotage.language.sql.lowering import input_of, lower
from pilotage.language.sql.output import json_lines, typed
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.series import long
from pilotage.model.fields import Kind


def statements(plan: Node, context: Context) -> str:
    """Every statement of a plan in the order they would run, between `;` and an empty line; a comment says what happens in between."""
    found: list[str] = []
    found.append(json_lines(lower(context, _settled(context, optimized(plan), found))))
    return ";\n\n".join(found)


def lowered(plan: Node, context: Context) -> Relation:
    """The last statement of a plan, not yet written out: what no engine could run is refused on the way."""
    return lower(context, _settled(context, optimized(plan), []))


def _settled(context: Context, node: Node, found: list[str]) -> Node:
    """As `stages.settle`, but a series whose columns only a run can tell is shown as the column `…`."""
    if isinstance(node, Scan | Rows | Stage | LookupRows):
        return node
    node = hoisted(runnable(node))
    node = provided(located(answered(node)), lambda _: None)
    node = replace(node, input=_settled(context, input_of(node), found))  # type: ignore[call-arg]
    if isinstance(node, Union):
        return replace(node, others=tuple(_settled(context, other, found) for other in node.others))
    if isinstance(node, Paste | Join):
        return replace(node, other=_settled(context, node.other, found))
    if isinstance(node, Fork):
        branches = [_settled(context, grafted(branch, node.input), found) for branch in node.branches]
        return Union(node.input, tuple(branches)) if node.keep else Union(branches[0], tuple(branches[1:]))
    if isinstance(node, Transform):
        name = f"rows_of_{node.name}_{len(found) + 1}"
        found.append(typed(lower(context, node.input), letters_too=True)[0] + _barrier(node, name))
        context.stages[name] = StageTable((), rest="rest")
        return Stage(name, command=node.command, span=node.span)
    if not (isinstance(node, Series) and node.by is not None):
        return node
    relation, shape = long(lower(context, node.input), node)
    sql, columns = typed(relation, letters_too=True)
    name = f"series_of_{len(found) + 1}"
    found.append(sql + _barrier(node, name))
    cells = [
        StageColumn(f"{alias}{shape.separator}…", f"v{i}", Kind.NUMBER, None, zero) for i, (alias, zero) in enumerate(shape.aggregates)
    ]
    context.stages[name] = StageTable((StageColumn(shape.over, "k", columns[0].kind), *cells), shape.grid)
    return Stage(name, command=node.command, span=node.span)


def _barrier(node: Node, name: str) -> str:
    """What is done with the rows of a statement before the next one reads them, as a comment."""
    what = f"the step `{node.name}`" if isinstance(node, Transform) else "one column a series"
    return f" /* {node.command or type(node).__name__}: {what} makes {STAGE_DATABASE}.{name} of these rows */"
