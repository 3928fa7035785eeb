"""Plan → relation: one function a plan node. The barriers (run-time columns, Python steps) are cut out before by the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pilotage.language.plan import branches, extracting, knowledge, nodes, windows
from pilotage.language.plan.nodes import Node
from pilotage.language.sql import changes, combining, duplicates, extraction, grouping, lookups, ordering, parse, series, shaping, sources
from pilotage.language.sql import windows as windowing
from pilotage.language.sql.context import Context
from pilotage.language.sql.relation import Relation
from pilotage.model.problem import fail

_SOURCES: dict[type[Node], Callable[[Context, Any], Relation]] = {
    nodes.Scan: sources.scan,
    nodes.Rows: sources.rows,
    nodes.Stage: sources.stage,
    knowledge.LookupRows: lookups.lookup_rows,
}
_STEPS: dict[type[Node], Callable[[Relation, Any], Relation]] = {
    nodes.Filter: shaping.filtered,
    nodes.Extend: lambda relation, node: shaping.extended(relation, node, node.input),
    nodes.Extract: extraction.extracted,
    nodes.Project: shaping.projected,
    nodes.Rename: shaping.renamed,
    nodes.FillNull: lambda relation, node: shaping.filled(relation, node, node.input),
    nodes.Sort: ordering.sorted_by,
    nodes.Limit: ordering.limited,
    nodes.While: ordering.taken_while,
    nodes.Dedup: duplicates.deduplicated,
    nodes.Aggregate: grouping.grouped,
    nodes.Top: grouping.topped,
    nodes.Bin: extraction.binned,
    nodes.Series: series.wide,
    extracting.Parse: parse.parsed_rows,
    extracting.AutoParse: parse.auto_parsed,
    windows.Window: windowing.windowed,
    windows.Explode: windowing.exploded,
    windows.Unpivot: windowing.unpivoted,
    **changes.STEPS,
}
_COMBINING: dict[type[Node], Callable[[Relation, Any, combining.Lower], Relation]] = {
    branches.Union: combining.appended,
    branches.Paste: combining.pasted,
    branches.Join: combining.joined,
    knowledge.Lookup: lookups.looked_up,
}


def lower(context: Context, node: Node) -> Relation:
    """The relation that a plan without barriers means."""
    if type(node) in _SOURCES:
        context.step = node.span
        return _SOURCES[type(node)](context, node)
    if isinstance(node, nodes.Extend):
        node = _one_extend(node)
    if isinstance(node, knowledge.Write):
        # What is written is the engine's; the rows pass.
        return lower(context, node.input)
    if isinstance(node, branches.Fork):
        return combining.forked(node, lambda other: lower(context, other))
    step = _STEPS.get(type(node))
    if step is None and type(node) in _COMBINING:
        return _COMBINING[type(node)](lower(context, input_of(node)), node, lambda other: lower(context, other))
    if step is None:
        raise fail("not-lowered", f"`{node.command or type(node).__name__}` cannot run inside the engine", span=node.span)
    below = lower(context, input_of(node))
    context.check()
    context.step = node.span
    return step(below, node)


def _one_extend(node: nodes.Extend) -> nodes.Extend:
    """Consecutive `eval`s as one, so that they nest only where one needs another; names out of data need their input as it is."""
    while isinstance(before := node.input, nodes.Extend) and not any(
        n.startswith("{") for n, _ in (*node.assignments, *before.assignments)
    ):
        node = replace(before, assignments=before.assignments + node.assignments, span=before.span.join(node.span))
    return node


def input_of(node: Node) -> Node:
    """The node a node reads from."""
    found = getattr(node, "input", None)
    if not isinstance(found, Node):
        raise fail("not-lowered", f"`{node.command or type(node).__name__}` has no input", span=node.span)
    return found
