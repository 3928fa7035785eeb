"""`rename`: other names for columns, by name or by pattern."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Rename
from pilotage.language.syntax.arguments import Arguments, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.model.problem import fail


def parse(arguments: Arguments, rows: Node) -> Node:
    """`rename <field> AS <name> [,] …`."""
    pairs: list[tuple[str, str]] = []
    while not arguments.done():
        source = arguments.read_word("a field to rename")
        if not arguments.keyword("as"):
            raise arguments.unexpected(f"`AS` after `{source.text}`")
        target = arguments.read_word("the new name")
        if source.text.count("*") != target.text.count("*"):
            sentence = f"`{source.text}` and `{target.text}` have different numbers of `*`"
            raise fail(
                "wildcards", sentence, span=source.span.join(target.span), hint="use the same stars on both sides, as in `a_* AS b_*`"
            )
        pairs.append((source.text, target.text))
        arguments.accept(",")
    if not pairs:
        raise arguments.unexpected("a field to rename")
    return Rename(rows, tuple(pairs), command="rename", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Rename`."""
    if not isinstance(node, Rename):
        return None
    return "rename " + ", ".join(f"{word_text(source)} AS {word_text(target)}" for source, target in node.pairs)


COMMAND = Command(
    name="rename",
    spellings={"spl": ("rename",)},
    synopsis="rename <field> AS <name>[, <field> AS <name>]…",
    summary="Gives columns other names; a `*` in both names takes many at once.",
    parse=parse,
    print=write,
    examples=(
        Example(
            'index=main | stats count by service | rename service AS "Service name", count AS n', "A name with a space stands in quotes."
        ),
        Example("index=main | rename k8s.* AS *", "The text of the star is kept."),
    ),
    notes=("Renaming a field that no row has onto one that exists makes the latter null, as in Splunk.",),
)
