"""`addinfo`: fields that say what the search itself covers."""

from __future__ import annotations

from pilotage.language.plan.expressions import Expression, Literal
from pilotage.language.plan.nodes import Extend, Node, TimeRange
from pilotage.language.plan.walk import time_range
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.model.time import NANOSECONDS

NAMES = ("info_min_time", "info_max_time", "info_search_time", "info_sid")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`addinfo`."""
    arguments.finish()
    context = arguments.context
    covered = time_range(rows)
    if covered == TimeRange():
        covered = context.time
    values: tuple[str | float, ...] = (
        0 if covered.earliest is None else _seconds(covered.earliest),
        "+Infinity" if covered.latest is None else _seconds(covered.latest),
        _seconds(context.now),
        context.id,
    )
    made: tuple[tuple[str, Expression], ...] = tuple((name, Literal(value)) for name, value in zip(NAMES, values, strict=True))
    return Extend(rows, made, command="addinfo", span=arguments.span)


def _seconds(instant: int) -> float:
    return instant // NANOSECONDS if instant % NANOSECONDS == 0 else instant / NANOSECONDS


def write(node: Node) -> str | None:
    """An `Extend` that sets just these fields to constants."""
    if not isinstance(node, Extend) or node.command != "addinfo":
        return None
    return "addinfo" if tuple(name for name, _ in node.assignments) == NAMES else None


COMMAND = Command(
    name="addinfo",
    spellings={"spl": ("addinfo",)},
    synopsis="addinfo",
    summary="Adds the time range of the search (`info_min_time`, `info_max_time`), its start (`info_search_time`) and id (`info_sid`).",
    parse=parse,
    print=write,
    examples=(Example("index=main earliest=-1h | stats count | addinfo", "A count with the range it covers."),),
    notes=("A side without a bound is 0 and `+Infinity`.",),
)
