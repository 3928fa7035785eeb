"""`predict`: forecasts of series."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.model.problem import PilotageError, fail

ALGORITHMS = {"LL": "LL", "LLT": "LLT", "LLP": "LLP", "LLP5": "LLP5", "LLB": "LLB", "BILL": "BiLL"}
MOST_FUTURE = 10_000
MOST_PERIOD = 10_000
_LINE = re.compile(r"[\s,]*(?P<side>upper|lower)(?P<percent>\d{1,3})\s*=\s*", re.IGNORECASE)

OPTIONS = (
    Option(
        "algorithm", "text", "LLP5", "`LL` level, `LLT` level and trend, `LLP` level and season, `LLP5` both, `LLB`, `BiLL` two fields."
    ),
    Option("future_timespan", "integer", "5", "Steps to predict, counted behind those that `holdback` leaves."),
    Option("holdback", "integer", "0", "The last rows that are not learned from."),
    Option("period", "integer", "found in the series", "Rows of a period, for `LLP` and `LLP5`."),
    Option("correlate", "field", "none", "The other field of `LLB`."),
    Option("suppress", "field", "none", "A field whose prediction is left out."),
    Option(
        "upper<n>",
        "text",
        "upper95",
        "Name of the line above which (100-n)/2 % are expected, such as `upper90=high`: `high(prediction(x))`.",
    ),
    Option("lower<n>", "text", "lower95", "Name of the line below, likewise."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`predict <field> [AS <name>] … [options]`."""
    series: list[tuple[str, str]] = []
    lines: list[tuple[str, str, str]] = []
    while True:
        line = arguments.take(_LINE)
        if line is not None:
            lines.append((line["side"].lower(), _percent(arguments, line), arguments.read_word("a name").text))
        elif not arguments.take_option():
            if arguments.done():
                break
            field = arguments.read_word("a field").text
            series.append((field, arguments.read_word("a new name").text if arguments.keyword("as") else f"prediction({field})"))
    if not series:
        raise arguments.unexpected("a field to predict")
    lines += [(side, "95", f"{side}95") for side in ("upper", "lower") if all(side != known for known, _, _ in lines)]
    algorithm = arguments.string("algorithm", "LLP5").upper()
    if algorithm not in ALGORITHMS:
        raise arguments.bad("algorithm", f"write one of {', '.join(ALGORITHMS.values())}")
    series, suppressed = _correlated(arguments, algorithm, series)
    options = (
        ("series", "\n".join("\t".join(pair) for pair in series)),
        ("algorithm", algorithm),
        ("future", _bounded(arguments, "future_timespan", 5, MOST_FUTURE)),
        ("holdback", arguments.integer("holdback", 0)),
        ("period", _bounded(arguments, "period", 0, MOST_PERIOD)),
        ("suppress", suppressed),
        ("lines", "\n".join("\t".join(line) for line in lines)),
    )
    names = (*(field for field, _ in series), "_time")
    return Transform(rows, "predict", options, tuple(dict.fromkeys(names)), command="predict", span=arguments.span)


def _percent(arguments: Arguments, line: re.Match[str]) -> str:
    if not 0 < int(line["percent"]) < 100:
        hint = "write a percentage from 1 to 99, as in `upper95=high`"
        raise fail("option-value", f"`{line['percent']}` is no share of a band", span=arguments.since(line.start("side")), hint=hint)
    return str(int(line["percent"]))


def _bounded(arguments: Arguments, name: str, default: int, most: int) -> int:
    value = arguments.integer(name, default)
    if value > most:
        raise arguments.bad(name, f"write a whole number of at most {most}")
    return value


def _correlated(arguments: Arguments, algorithm: str, series: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], str]:
    """The fields, that of `correlate` as the second one, and the one whose prediction is left out."""
    suppressed = arguments.string("suppress", "")
    if algorithm == "LLB":
        if "correlate" not in arguments.given or len(series) != 1:
            raise _needs(arguments, "`LLB` takes one field and the other one as `correlate=<field>`")
        other = arguments.given["correlate"].text
        return [*series, (other, f"prediction({other})")], other
    if algorithm == "BILL" and len(series) != 2:
        raise _needs(arguments, f"`BiLL` takes two fields, not {len(series)}")
    if "correlate" in arguments.given:
        raise _needs(arguments, "`correlate` works with `algorithm=LLB` only")
    return series, suppressed


def _needs(arguments: Arguments, sentence: str) -> PilotageError:
    return fail("arguments", sentence, span=arguments.span, hint="see the help of `predict`")


def write(node: Node) -> str | None:
    """A `Transform` of this name."""
    if not isinstance(node, Transform) or node.name != "predict":
        return None
    known = dict(node.options)
    pairs = [line.split("\t") for line in str(known["series"]).split("\n")]
    algorithm = str(known["algorithm"])
    shown = pairs[:1] if algorithm == "LLB" else pairs
    parts = ["predict", *(f"{word_text(f)} AS {_name(n)}" for f, n in shown), option_text("algorithm", ALGORITHMS[algorithm])]
    parts += [option_text("correlate", pairs[1][0])] if algorithm == "LLB" else []
    parts += [option_text("future_timespan", int(str(known["future"])))]
    parts += [option_text(name, int(str(known[name]))) for name in ("holdback", "period") if known[name]]
    parts += [option_text("suppress", str(known["suppress"]))] if known["suppress"] and algorithm != "LLB" else []
    for side, percent, name in (line.split("\t") for line in str(known["lines"]).split("\n")):
        parts.append(f"{side}{percent}={_name(name)}")
    return " ".join(parts)


def _name(name: str) -> str:
    return f'"{name}"' if "(" in name else word_text(name)


COMMAND = Command(
    name="predict",
    spellings={"spl": ("predict",)},
    synopsis="predict <field> [AS <name>]… [algorithm=LL|LLT|LLP|LLP5|LLB|BiLL] [future_timespan=<N>] [holdback=<N>] [period=<N>] "
    "[correlate=<field>] [suppress=<field>] [upper<n>=<name>] [lower<n>=<name>]",
    summary="Adds what each number was to be expected from those before it, with a band, and rows for the steps to come.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | timechart span=1h count | predict count", "The next five hours, with `upper95(prediction(count))`."),
        Example(
            "index=main | timechart span=1d avg(ms) AS ms | predict ms AS expected algorithm=LLP period=7 future_timespan=14 upper90=high",
            "Two weeks ahead with a weekly pattern.",
        ),
        Example(
            "index=main | timechart avg(cpu) AS cpu avg(load) AS load | predict cpu algorithm=LLB correlate=load holdback=10", "From load."
        ),
    ),
    notes=(
        "The models are local level, trend and season in innovations form; their shares minimise the squared error of one step ahead.",
        "Without `period` it is found by autocorrelation; where there is none, `LLP` works as `LL`, `LLP5` as `LLT`: a message says so.",
        "`LLP5` weighs `LLP` and `LLT` by their variances. At most 50,000 rows are learned from, the last ones.",
    ),
)
