"""`cluster`: rows whose texts are alike."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.arguments import Arguments, Option, option_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import quote

MATCHES = ("termlist", "termset", "ngramset")
WORDS = r"""[\s!-/:-@\[-^`{-~]+"""
"""Between words: blanks and every punctuation mark of ASCII but `_`."""
OPTIONS = (
    Option("t", "number", "0.8", "How much of two texts must be the same, above 0 to 1."),
    Option("match", "text", "termlist", "`termlist` compares words at their places, `termset` words, `ngramset` runs of three characters."),
    Option("field", "field", "_raw", "The text that is compared."),
    Option("delims", "text", "blanks and punctuation", "The characters between words."),
    Option("showcount", "boolean", "f", "Add how many rows are alike; the largest groups come first."),
    Option("countfield", "text", "cluster_count", "Name of that number."),
    Option("labelonly", "boolean", "f", "Keep every row and add the number of its group, instead of one row a group."),
    Option("labelfield", "text", "cluster_label", "Name of the number of the group."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`cluster [options]`."""
    arguments.finish()
    threshold = arguments.number("t")
    if threshold is not None and not 0 < threshold <= 1:
        raise arguments.bad("t", "write a number above 0, at most 1")
    match = arguments.string("match", MATCHES[0]).lower()
    if match not in MATCHES:
        raise arguments.bad("match", f"write one of {', '.join(MATCHES)}")
    every = arguments.boolean("labelonly", default=False)
    shown = arguments.boolean("showcount", default=False)
    delimiters = arguments.string("delims", "")
    options = (
        ("field", arguments.string("field", "_raw")),
        ("threshold", 0.8 if threshold is None else threshold),
        ("match", match),
        ("written", delimiters),
        ("delimiters", f"[{re.escape(delimiters)}]+" if delimiters else WORDS),
        ("count", arguments.string("countfield", "cluster_count") if shown else ""),
        ("label", arguments.string("labelfield", "cluster_label")),
        ("all", every),
        ("sort", shown and not every),
    )
    return Transform(rows, "cluster", options, (str(options[0][1]),), command="cluster", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Transform` of this name."""
    if not isinstance(node, Transform) or node.name != "cluster":
        return None
    known = dict(node.options)
    parts = ["cluster", option_text("t", float(str(known["threshold"]))), option_text("match", str(known["match"]))]
    parts.append(option_text("field", str(known["field"])))
    parts += [f"delims={quote(str(known['written']))}"] if known["written"] else []
    parts += [f"showcount=t {option_text('countfield', str(known['count']))}"] if known["count"] else []
    parts += ["labelonly=t"] if known["all"] else []
    return " ".join([*parts, option_text("labelfield", str(known["label"]))])


COMMAND = Command(
    name="cluster",
    spellings={"spl": ("cluster",)},
    synopsis="cluster [t=<0..1>] [match=termlist|termset|ngramset] [field=<field>] [delims=<text>] [showcount=<bool>] [countfield=<name>] "
    "[labelonly=<bool>] [labelfield=<name>]",
    summary="Puts rows with texts that are alike into groups and shows the first row of each with `cluster_label`.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main error | cluster showcount=t t=0.7 | table cluster_count _raw | sort - cluster_count", "Which kinds of errors."),
        Example("index=main | cluster labelonly=t field=message match=termset | stats count BY cluster_label", "Each row with its group."),
    ),
    notes=(
        "A text joins the group whose first text is the most alike; alike if at least `t` of the parts of the longer one are in both.",
        "Groups are numbered in the order of their first rows. Rows without the text are left out, or have no label.",
        "At most 50,000 distinct texts are compared, the first 2,000 characters of each; a message tells when there are more.",
    ),
)
