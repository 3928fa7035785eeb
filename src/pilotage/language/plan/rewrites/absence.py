"""Lookups in a table that may not be there: its columns are null then, and the result says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pilotage.language.plan.cells import Remark
from pilotage.language.plan.expressions import Literal
from pilotage.language.plan.knowledge import Lookup
from pilotage.language.plan.nodes import Extend, Node


def provided(node: Node, columns: Callable[[str], frozenset[str] | None]) -> Node:
    """The node, or nulls and a remark where the table or its key is absent; `columns` gives those of a table, `None` without one."""
    if not isinstance(node, Lookup) or not node.absent:
        return node
    known = columns(node.table)
    outputs = node.outputs or ()
    there = known is not None and all(column in known for column, _ in node.keys)
    found = tuple(each for each in outputs if there and known is not None and each[0] in known)
    lacking = tuple((name, Literal(None)) for column, name in outputs if (column, name) not in found)
    rows: Node = replace(node, outputs=found, absent="") if found else node.input
    rows = Extend(rows, lacking, command=node.command, span=node.span) if lacking else rows
    return rows if there else Remark(rows, node.absent, command=node.command, span=node.span)
