"""`foreach`: the same `eval` for many fields, or for each member of a multivalue."""

from __future__ import annotations

import re

from pilotage.language.plan.branches import Incoming
from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Extend, Node
from pilotage.language.plan.spreading import FIELD, ITEM, ITER, MATCH, SEGMENTS, Repeat
from pilotage.language.plan.walk import inputs
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import eval_text
from pilotage.language.syntax.scanner import Scanner, quote
from pilotage.model.problem import fail

MODES = ("multifield", "multivalue", "json_array", "auto_collections")
WORDS = {"fieldstr": FIELD, "matchstr": MATCH, "matchseg1": SEGMENTS[0], "matchseg2": SEGMENTS[1], "matchseg3": SEGMENTS[2]}
WORDS |= {"itemstr": ITEM, "iterstr": ITER}
OPTIONS = (
    Option(
        "mode",
        ", ".join(MODES[:-1]) + f" or {MODES[-1]}",
        "multifield",
        "What to go through: " + ", ".join(f"`{mode}`" for mode in MODES) + ".",
    ),
    Option("fieldstr", "text", "<<FIELD>>", "What stands for the field in the template."),
    Option("matchstr", "text", "<<MATCHSTR>>", "What stands for the part of the name that the stars matched."),
    Option("matchseg1", "text", "<<MATCHSEG1>>", "What stands for the first star's part."),
    Option("matchseg2", "text", "<<MATCHSEG2>>", "What stands for the second star's part."),
    Option("matchseg3", "text", "<<MATCHSEG3>>", "What stands for the third star's part."),
    Option("itemstr", "text", "<<ITEM>>", "What stands for the member."),
    Option("iterstr", "text", "<<ITER>>", "What stands for the member's place, from 0."),
)
_PLAIN = re.compile(r"(?!\d)\w[\w.]*")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`foreach [mode=] <field or pattern>… [eval …]`."""
    patterns: list[str] = []
    while True:
        arguments.take_options()
        if arguments.peek() in ("[", ""):
            break
        patterns.append(arguments.read_word("a field or `[` and an `eval`").text)
    mode = arguments.string("mode", MODES[0]).lower()
    if mode not in MODES:
        raise arguments.bad("mode", "write one of " + ", ".join(f"`{each}`" for each in MODES))
    assignments = _template(arguments)
    if not patterns:
        raise fail("syntax", "`foreach` needs the fields to go through", span=arguments.word, hint="write `foreach * [eval …]`")
    return Repeat(rows, tuple(patterns), assignments, mode, command="foreach", span=arguments.span)


def _template(arguments: Arguments) -> tuple[tuple[str, Expression], ...]:
    """The assignments between the brackets, read with words in the place of `<<FIELD>>` and the like."""
    start = arguments.position
    inside = arguments.brackets()
    if inside is None:
        raise arguments.unexpected("`[` and an `eval`")
    text = arguments.text[: inside.end]
    for name, word in WORDS.items():
        written = arguments.string(name, f"<<{word.strip('ǂ')}>>")
        text = text[: inside.start] + text[inside.start :].replace(written, word)
    reader = Arguments(Scanner(f"{text}]", start), arguments.command, arguments.word, arguments.context)
    found: list[tuple[str, Expression]] = []
    for node in reversed(tuple(inputs(reader.read_branch(Incoming())))):
        if isinstance(node, Extend):
            found += node.assignments
        elif not isinstance(node, Incoming):
            raise fail("unsupported", f"`foreach` repeats `eval`, not `{node.command}`", span=node.span)
    arguments.finish()
    return tuple(found)


def write(node: Node) -> str | None:
    """A `Repeat`."""
    if not isinstance(node, Repeat):
        return None
    mode = [option_text("mode", node.mode)] if node.mode != MODES[0] else []
    assignments = ", ".join(f"{_target(target)}={eval_text(value)}" for target, value in node.assignments)
    template = re.sub(r"ǂǂ(\w+?)ǂǂ", r"<<\1>>", assignments)
    return " ".join(["foreach", *mode, *map(word_text, node.patterns), f"[eval {template}]"])


def _target(name: str) -> str:
    return name if _PLAIN.fullmatch(name) or re.fullmatch(r"\{[^{}]+\}", name) else quote(name, "'")


COMMAND = Command(
    name="foreach",
    spellings={"spl": ("foreach",)},
    synopsis="foreach [mode=<mode>] <field>… [eval <field>=<expression>[, …]]",
    summary="Runs an `eval` once for each field that is named or fits a pattern, or for each member of a multivalue or JSON array.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example(
            "index=main | foreach cpu_* [eval total=coalesce(total, 0)+'<<FIELD>>', pct_<<MATCHSTR>>='<<FIELD>>'*100]", "Every such field."
        ),
        Example("index=main | foreach mode=multivalue sizes [eval sum=coalesce(sum, 0)+<<ITEM>>]", "Every member of the field."),
    ),
    notes=(
        "At most 200 fields and 50 members; what is left out is said in the messages.",
        "A name in place of `<<FIELD>>` is one field whether it stands in quotes or not; in double quotes it is the text of the name.",
    ),
)
