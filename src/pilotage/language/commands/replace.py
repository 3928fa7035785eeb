"""`replace`: whole values exchanged for others."""

from __future__ import annotations

from pilotage.language.plan.cells import Replace
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, word_text, words_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import quote
from pilotage.model.problem import fail


def parse(arguments: Arguments, rows: Node) -> Node:
    """`replace <pattern> WITH <text> [, …] [IN <field>…]`."""
    pairs: list[tuple[str, str]] = []
    fields: tuple[str, ...] = ()
    while not arguments.done():
        if pairs and arguments.keyword("in"):
            fields = arguments.read_fields("a field")
            break
        arguments.accept(",")
        old = arguments.read_word("the value to replace")
        if not arguments.keyword("with"):
            raise arguments.unexpected(f"`WITH` after `{old.text}`")
        new = arguments.read_word("the new value")
        if new.text.count("*") not in {0, old.text.count("*")}:
            sentence = f"`{old.text}` and `{new.text}` need the same number of `*`"
            raise fail("wildcard-mismatch", sentence, span=new.span, hint="use each `*` once, or none")
        pairs.append((old.text, new.text))
        arguments.accept(",")
    if not pairs:
        raise arguments.unexpected('a replacement such as `"a*" WITH "b*"`')
    arguments.finish()
    return Replace(rows, tuple(pairs), fields, command="replace", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Replace`."""
    if not isinstance(node, Replace):
        return None
    pairs = ", ".join(f"{quote(old)} WITH {quote(new)}" for old, new in node.pairs)
    fields = " ".join(quote(f) if f.lower() == "in" else word_text(f) for f in node.fields) if node.fields else words_text(())
    return f"replace {pairs}" + (f" IN {fields}" if fields else "")


COMMAND = Command(
    name="replace",
    spellings={"spl": ("replace",)},
    synopsis="replace <pattern> WITH <text> [, <pattern> WITH <text>]… [IN <field>…]",
    summary="Puts another text in the place of a whole value; `*` matches anything, and is kept where the new text has a `*` too.",
    parse=parse,
    print=write,
    examples=(
        Example('index=main | replace "0" WITH "off", "1" WITH "on" IN state', "Two values of one field."),
        Example("index=main | replace *.example.com WITH * IN host", "The name without its domain."),
    ),
    notes=("Upper and lower case differ. The first pattern that fits counts. Without `IN` every field is searched but those with `_`.",),
)
