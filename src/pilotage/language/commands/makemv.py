"""`makemv`: a text into a multivalue."""

from __future__ import annotations

from pilotage.language.plan.cells import Split
from pilotage.language.plan.nodes import Node
from pilotage.language.plan.parsing import group_count, regex_of
from pilotage.language.plan.regexes import beyond_re2
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import quote

OPTIONS = (
    Option("delim", "text", '" "', "What stands between the values."),
    Option("tokenizer", "regex", "none", "Instead of `delim`: a pattern whose first group is a value, matched again and again."),
    Option("allowempty", "boolean", "f", "Keep empty values between neighbouring delimiters."),
    Option("setsv", "boolean", "f", "Accepted; a field is a multivalue or a single value here, never both."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`makemv [delim= | tokenizer=] [allowempty=] [setsv=] <field>`."""
    arguments.take_options()
    field = arguments.read_word("a field").text
    arguments.finish()
    arguments.boolean("setsv", default=False)
    if "delim" in arguments.given and "tokenizer" in arguments.given:
        raise arguments.refuse("tokenizer", "`tokenizer` together with `delim`")
    delimiter = arguments.string("delim", " ")
    if not delimiter:
        raise arguments.bad("delim", "write at least one character")
    tokenizer = arguments.string("tokenizer", "")
    if "tokenizer" in arguments.given and group_count(tokenizer) != 1:
        raise arguments.bad("tokenizer", "write a pattern with one group around the value")
    if beyond_re2(tokenizer):
        raise arguments.refuse("tokenizer", "look-around and back-references in `tokenizer`", "take the values out with `rex max_match=0`")
    empty = arguments.boolean("allowempty", default=False)
    pattern = regex_of(tokenizer).text if tokenizer else ""
    return Split(rows, field, "" if tokenizer else delimiter, pattern, empty, command="makemv", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Split`."""
    if not isinstance(node, Split):
        return None
    parts = ["makemv"]
    if node.tokenizer:
        parts.append(f"tokenizer={quote(node.tokenizer)}")
    elif node.delimiter != " ":
        parts.append(f"delim={quote(node.delimiter)}")
    return " ".join([*parts, *([option_text("allowempty", value=True)] if node.allow_empty else []), word_text(node.field)])


COMMAND = Command(
    name="makemv",
    spellings={"spl": ("makemv",)},
    synopsis="makemv [delim=<text> | tokenizer=<regex>] [allowempty=<boolean>] <field>",
    summary="Cuts the text of a field into the values of a multivalue field.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example('index=main | makemv delim="," tags', "`a,b` becomes the values a and b."),
        Example(r'index=main | makemv tokenizer="(\d+)" line', "Every number in the text."),
    ),
)
