"""`fillmissing`: rows for combinations of values that are not there."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Aggregate, Bin, Node, Transform
from pilotage.language.plan.walk import inputs, time_range
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_expressions import unescaped
from pilotage.model.problem import Span
from pilotage.model.time import SECONDS, read_span

MOST = 10_000
_LENGTH = re.compile(r"\d*\.?\d+\s*[A-Za-z]+")


def parse(stage: Stage, rows: Node) -> Node:
    """`fillmissing timeslice[(15m)] [in f], values("a", "b") in k, values all in k [with -1 for f] [takelast]`."""
    keys: list[str] = []
    options: list[tuple[str, str | float | int | bool | None]] = []
    while True:
        number = len(keys)
        if stage.keyword("timeslice"):
            keys.append(_time(stage, rows, number, options))
        elif stage.keyword("values"):
            keys.append(_values(stage, number, options))
        else:
            raise stage.unexpected("`timeslice` or `values`")
        if not stage.accept(","):
            break
    fills = _fills(stage)
    last = stage.keyword("takelast") is not None
    stage.finish()
    options += [(f"fill\0{name}", value) for name, value in fills.items()]
    options += [("takelast", last), ("most", MOST), ("keys", "\n".join(keys)), ("by", "\n".join(_groups(rows, keys)))]
    return Transform(rows, "fillmissing", tuple(options), tuple(keys), command="fillmissing", span=stage.span)


def _time(stage: Stage, rows: Node, number: int, options: list[tuple[str, str | float | int | bool | None]]) -> str:
    """The slices of the search's range, as long as those of `timeslice` unless given."""
    seconds: float | None = None
    if stage.accept("("):
        stage.space()
        if found := stage.take(_LENGTH):
            seconds = read_span(found[0].replace(" ", ""), Span(*found.span())).seconds
        else:
            stage.accept("*")
        stage.expect(")", "closing `timeslice(`")
    name = stage.field("a field after `in`") if stage.keyword("in") else stage.names.use("_timeslice")
    if seconds is None:
        cut = next((node for node in inputs(rows) if isinstance(node, Bin) and node.alias == name), None)
        seconds = cut.span_value * SECONDS[cut.unit] if cut and cut.span_value and cut.unit in SECONDS else None
    time = time_range(rows)
    options.append((f"step{number}", None if seconds is None else round(seconds * 1000)))
    options.append((f"start{number}", None if time.earliest is None else time.earliest // 1_000_000))
    options.append((f"end{number}", None if time.earliest is None else (time.latest or stage.context.now) // 1_000_000))
    return name


def _values(stage: Stage, number: int, options: list[tuple[str, str | float | int | bool | None]]) -> str:
    """Given values, beside those that are there: `values("a", "b") in k`, `values all in k`."""
    given: list[str] = []
    if stage.keyword("all"):
        pass
    elif stage.accept("("):
        while not given or stage.accept(","):
            given.append(unescaped(stage.string("a value in quotes")))
        stage.expect(")", "closing `values(`")
    if not stage.keyword("in"):
        raise stage.unexpected("`in` and a field")
    options.append((f"values{number}", "\n".join(given)))
    return stage.field()


def _fills(stage: Stage) -> dict[str, float | str | None]:
    """`with -1 for _count, "none" for k`."""
    fills: dict[str, float | str | None] = {}
    if not stage.keyword("with"):
        return fills
    while True:
        value: float | str | None
        if stage.keyword("null"):
            value = None
        elif (number := stage.number()) is not None:
            value = number
        else:
            value = unescaped(stage.string("a value"))
        if not stage.keyword("for"):
            raise stage.unexpected("`for` and a field")
        fills[stage.field()] = value
        if not stage.accept(","):
            return fills


def _groups(rows: Node, keys: list[str]) -> tuple[str, ...]:
    """The other keys of the aggregate before: combinations of them are filled one by one."""
    found = next((node for node in inputs(rows) if isinstance(node, Aggregate)), None)
    return tuple(name for name in found.by if name not in keys) if found else ()


OPERATOR = Operator(
    spellings=("fillmissing",),
    synopsis='fillmissing timeslice[(<length>)] [in <field>], values("<a>", …) in <field>, values all in <field> '
    "[with <value> for <field>] [takelast]",
    summary="Adds rows for the combinations of slices and values that are not there; numbers are 0 in them, texts null.",
    parse=parse,
    examples=(
        Example("* | timeslice 5m | count by _timeslice | fillmissing timeslice", "A row with 0 for slices without messages."),
        Example(
            '* | timeslice 1h | count by _timeslice, level | fillmissing timeslice(1h), values("error", "info") in level',
            "Every level in every hour.",
        ),
    ),
    notes=(f"At most {MOST} rows are added; a message says so.", "`takelast` repeats the value of the row before instead of 0."),
)
