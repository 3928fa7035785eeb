"""`anomalydetection`: rows of rare values, or numbers that lie far out."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.arguments import Arguments, Option, option_text, words_text
from pilotage.language.syntax.command import Command, Example

ACTIONS = {
    "histogram": {"filter": "filter", "annotate": "annotate", "summary": "summary"},
    "zscore": {"filter": "filter", "remove": "remove", "rm": "remove", "transform": "transform", "tf": "transform"},
    "iqr": {"transform": "transform", "tf": "transform", "remove": "remove", "rm": "remove", "filter": "filter"},
}
_OF_METHOD = {"pthresh": ("histogram", "zscore"), "cutoff": ("histogram",), "param": ("iqr",), "uselower": ("iqr",), "mark": ("iqr",)}
OPTIONS = (
    Option(
        "method", "text", "histogram", "`histogram` by how rare the values of a row are, `zscore` and `iqr` by how far out numbers lie."
    ),
    Option(
        "action",
        "text",
        "filter; transform of `iqr`",
        "`filter`, `annotate`, `summary` of `histogram`; else `filter`, `transform`, `remove`.",
    ),
    Option("pthresh", "number", "0.01 of `zscore`", "The probability below which something is anomalous."),
    Option("cutoff", "boolean", "t", "Whether `histogram` bounds how many rows are anomalous: 5 %, or 10."),
    Option("param", "number", "2.5", "How many distances of the quartiles a number of `iqr` may lie out."),
    Option("uselower", "boolean", "f", "Whether `iqr` looks below the quartiles, too."),
    Option("mark", "boolean", "f", "Put `000` before the numbers that `iqr` brought to a bound."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`anomalydetection [options] [<field> …]`."""
    names: list[str] = []
    while True:
        arguments.take_options()
        if arguments.done():
            break
        names.append(arguments.read_word("a field").text)
    method = arguments.string("method", "histogram").lower()
    if method not in ACTIONS:
        raise arguments.bad("method", f"write one of {', '.join(ACTIONS)}")
    action = ACTIONS[method].get(arguments.string("action", next(iter(ACTIONS[method]))).lower())
    if action is None:
        raise arguments.bad("action", f"`method={method}` takes {', '.join(ACTIONS[method])}")
    for name, methods in _OF_METHOD.items():
        if name in arguments.given and method not in methods:
            raise arguments.refuse(name, f"`{name}` with `method={method}`", f"it belongs to {' and '.join(methods)}")
    probability = arguments.number("pthresh")
    if probability is not None and not 0 < probability < 1:
        raise arguments.bad("pthresh", "write a number between 0 and 1")
    factor = arguments.number("param")
    if factor is not None and factor <= 0:
        raise arguments.bad("param", "write a number above 0")
    options = (
        ("command", "anomalydetection"),
        ("fields", "\n".join(dict.fromkeys(names))),
        ("method", method),
        ("action", action),
        ("pthresh", probability),
        ("cutoff", arguments.boolean("cutoff", default=True)),
        ("param", factor),
        ("uselower", arguments.boolean("uselower", default=False)),
        ("mark", arguments.boolean("mark", default=False)),
    )
    looked = tuple(dict.fromkeys(names)) or ("*",)
    return Transform(rows, "anomalydetection", options, looked, command="anomalydetection", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Transform` of this name."""
    if not isinstance(node, Transform) or node.name != "anomalydetection":
        return None
    known = dict(node.options)
    parts = ["anomalydetection", option_text("method", str(known["method"])), option_text("action", str(known["action"]))]
    parts += [option_text(name, float(str(known[name]))) for name in ("pthresh", "param") if known[name] is not None]
    parts += [] if known["cutoff"] else ["cutoff=f"]
    parts += [f"{name}=t" for name in ("uselower", "mark") if known[name]]
    return " ".join([*parts, words_text(tuple(str(known["fields"]).split("\n")))] if known["fields"] else parts)


COMMAND = Command(
    name="anomalydetection",
    spellings={"spl": ("anomalydetection",)},
    synopsis="anomalydetection [method=histogram|zscore|iqr] [action=<action>] [pthresh=<number>] [cutoff=<bool>] [param=<number>] "
    "[uselower=<bool>] [mark=<bool>] [<field>…]",
    summary="Finds rows whose values are rare together, or numbers that lie far out of their field.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example(
            "index=main | anomalydetection service status action=annotate | search probable_cause=*",
            "Rare pairs, and the field that makes them.",
        ),
        Example("index=main | timechart span=1h avg(ms) AS ms | anomalydetection method=iqr action=transform ms", "Spikes cut off."),
    ),
    notes=(
        "A row's probability is the product of the frequencies of its values; numbers of more than two values are put into bins.",
        "Without `pthresh` rows are anomalous below the first quartile of its logarithm less 1.5 times the distance of the quartiles.",
        "`log_event_prob`, `max_freq`, `probable_cause` and `probable_cause_freq` are set in anomalous rows.",
    ),
)
