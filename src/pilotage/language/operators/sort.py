"""`sort`, `order`: the order of rows, descending unless said otherwise."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.cells import Remark
from pilotage.language.plan.nodes import Node, Sort, SortKey
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage


def parse(stage: Stage, rows: Node) -> Node:
    """`sort [by] [+|-]field [asc|desc], …`."""
    stage.keyword("by")
    if stage.done() or stage.accept("*"):
        # A variable without a value, or nothing, names no field.
        stage.finish()
        return Remark(rows, f"`{stage.name}` names no field: the rows keep their order", command="sort", span=stage.span)
    keys = read_keys(stage)
    stage.finish()
    return Sort(rows, keys, command="sort", span=stage.span)


def read_keys(stage: Stage) -> tuple[SortKey, ...]:
    """Keys between commas; a direction behind the last of several that have none holds for all."""
    keys: list[SortKey] = []
    said: list[bool] = []
    while True:
        sign = "+" if stage.accept("+") else "-" if stage.accept("-") else ""
        name = stage.field("a field to sort by")
        word = stage.keyword("asc", "ascending", "desc", "descending")
        keys.append(SortKey(name, descending=not word.startswith("asc") if word else sign != "+", kind="swap"))
        said.append(bool(sign or word))
        if not stage.accept(","):
            break
    if len(keys) > 1 and said[-1] and not any(said[:-1]):
        keys = [replace(key, descending=keys[-1].descending) for key in keys]
    return tuple(keys)


OPERATOR = Operator(
    spellings=("sort", "order"),
    synopsis="sort [by] [+|-]<field> [asc|desc], …",
    summary="Orders rows, descending unless `asc` or `+` is given; numbers by value, texts with lower before upper case.",
    parse=parse,
    examples=(
        Example("* | count by service | sort by _count", "The greatest first."),
        Example("* | count by service, host | sort by service, host asc", "A direction behind the last key holds for all."),
    ),
    notes=("Without a field the rows keep their order, and a message says so.",),
)
