"""`trendline`: moving averages."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.arguments import Arguments, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.model.problem import fail

LEAST, MOST = 2, 10_000
_LINE = re.compile(r"[\s,]*(sma|ema|wma)(\d{1,9})\s*\(\s*", re.IGNORECASE)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`trendline (sma|ema|wma)<period>(<field>) [AS <name>] …`."""
    lines: list[str] = []
    fields: list[str] = []
    while not arguments.done():
        start = arguments.position
        found = arguments.take(_LINE)
        if found is None:
            raise arguments.unexpected("an average such as `sma5(x)`, `ema5(x)` or `wma5(x)`")
        kind, period = found[1].lower(), int(found[2])
        if not LEAST <= period <= MOST:
            raise fail("option-value", f"a period is {LEAST} to {MOST}, not {period}", span=arguments.since(start))
        field = arguments.read_word("a field").text
        arguments.expect(")", f"after `{field}`")
        alias = arguments.read_word("a new name").text if arguments.keyword("as") else f"{kind}{period}({field})"
        lines.append(f"{kind}\t{period}\t{field}\t{alias}")
        fields.append(field)
    if not lines:
        raise arguments.unexpected("an average such as `sma5(x)`")
    names = tuple(dict.fromkeys(fields))
    return Transform(rows, "trendline", (("lines", "\n".join(lines)),), names, command="trendline", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Transform` of this name."""
    if not isinstance(node, Transform) or node.name != "trendline":
        return None
    lines = [line.split("\t") for line in str(dict(node.options)["lines"]).split("\n")]
    return "trendline " + " ".join(f"{kind}{n}({word_text(field)}) AS {word_text(name)}" for kind, n, field, name in lines)


COMMAND = Command(
    name="trendline",
    spellings={"spl": ("trendline",)},
    synopsis="trendline (sma|ema|wma)<period>(<field>) [AS <name>]…",
    summary="Adds moving averages over the last rows: simple, exponential (2/(period+1)) or weighted (1 … period).",
    parse=parse,
    print=write,
    examples=(Example("index=main | timechart avg(ms) AS ms | trendline sma5(ms) AS calm ema10(ms)", "Two averages beside the series."),),
    notes=("The first period-1 numbers have no average; rows without a number are passed over.",),
)
