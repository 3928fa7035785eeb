"""Projection pushdown: a command that would look at every field of its rows gets only those that the commands behind it use.

SQL leaves out unused columns by itself; `transaction` and steps in Python have to know them before, as they make something of each.
"""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.branches import Fork, Join, Paste, Union
from pilotage.language.plan.mentions import mentioned
from pilotage.language.plan.nodes import Aggregate, Aggregation, Bin, Extend, Filter, Limit, Node, Project, Rename, Series, Sort, Top
from pilotage.language.plan.transactions import MADE, Transaction
from pilotage.language.plan.walk import plans

Names = frozenset[str] | None
"""Fields that later commands use; `None` = any."""


def narrowed(plan: Node) -> Node:
    """The plan with a choice of columns before each command that would otherwise look at all fields of its rows."""
    return _narrowed(plan, None) if any(isinstance(node, Transaction) for node in plans(plan)) else plan


def _narrowed(plan: Node, wanted: Names) -> Node:
    if isinstance(plan, Fork | Union | Paste | Join):
        return _branched(plan)
    below = getattr(plan, "input", None)
    if not isinstance(below, Node):
        return plan
    needed = _needed(plan, wanted)
    if isinstance(plan, Transaction) and needed is not None:
        chosen = tuple(sorted(needed))
        rows = Project(_narrowed(below, needed), chosen, "table", command=plan.command, span=plan.span)
        return replace(plan, input=rows)
    changed = _narrowed(below, needed)
    return plan if changed is below else replace(plan, input=changed)  # type: ignore[call-arg]


def _branched(plan: Fork | Union | Paste | Join) -> Node:
    match plan:
        case Union():
            return replace(plan, input=narrowed(plan.input), others=tuple(map(narrowed, plan.others)))
        case Fork():
            return replace(plan, input=narrowed(plan.input), branches=tuple(map(narrowed, plan.branches)))
        case _:
            return replace(plan, input=narrowed(plan.input), other=narrowed(plan.other))


def _needed(node: Node, wanted: Names) -> Names:
    """The fields a node needs of its input when `wanted` of its output are used."""
    match node:
        case Aggregate():
            return _of_aggregates(node, node.aggregations, node.by)
        case Series(over_bin=bin_, by_bin=by_bin) if all(each is None or each.alias == each.field for each in (bin_, by_bin)):
            return _of_aggregates(node, node.aggregations, tuple(name for name in (node.over, node.by) if name is not None))
        case Top():
            return _plain_names((*node.fields, *node.by))
        case Project(mode="table"):
            return _plain_names(node.patterns)
        case Project(mode="keep"):
            return _plain_names((*node.patterns, "_time", "_raw"))
        case Project(mode="drop") | Limit():
            return wanted
        case Sort():
            return _with(wanted, {key.field for key in node.keys})
        case Filter():
            return _with(wanted, mentioned(node))
        case Bin():
            return _with(wanted, {node.field})
        case Extend():
            return _assigned(node, wanted)
        case Rename():
            return _before(node, wanted)
        case Transaction():
            own = _with(None if wanted is None else wanted - MADE, mentioned(node))
            return None if own is None else own | {*node.fields, "_time"} | _lists(node)
        case _:
            return None


def _assigned(node: Extend, wanted: Names) -> Names:
    """What an `eval` needs: a column that it makes is looked at before only where one of its expressions does."""
    if any(name.startswith("{") for name, _ in node.assignments):
        return None
    for assignment in reversed(node.assignments):
        wanted = None if wanted is None else wanted - {assignment[0]}
        wanted = _with(wanted, mentioned(replace(node, assignments=(assignment,))))
    return wanted


def _lists(node: Transaction) -> frozenset[str]:
    return frozenset(name for name in node.lists if "*" not in name)


def _with(wanted: Names, more: set[str] | None) -> Names:
    return None if wanted is None or more is None else wanted | more


def _plain_names(patterns: tuple[str, ...]) -> Names:
    return None if any("*" in pattern for pattern in patterns) else frozenset(patterns)


def _before(node: Rename, wanted: Names) -> Names:
    if wanted is None or any("*" in source for source, _ in node.pairs):
        return None
    targets = {target for _, target in node.pairs}
    return (wanted - targets) | {source for source, _ in node.pairs} | (wanted & targets)


def _of_aggregates(node: Node, items: tuple[Aggregation, ...], by: tuple[str, ...]) -> Names:
    found = mentioned(node)
    if found is None or any(item.wildcard for item in items):
        return None
    # The order of rows and rates come from the time, sums of counters from their series.
    return frozenset({*found, *by, "_time"})
