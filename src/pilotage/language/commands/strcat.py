"""`strcat`: texts and fields joined into one."""

from __future__ import annotations

from pilotage.language.plan.cells import Concatenate
from pilotage.language.plan.expressions import Expression, Field, Literal
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import quote

OPTIONS = (Option("allrequired", "boolean", "f", "Write the field only where every source field has a value."),)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`strcat [allrequired=] <field or "text">… <target>`."""
    parts: list[Expression] = []
    arguments.take_options()
    while True:
        word = arguments.read_word("a field, a quoted text or the name of the result")
        arguments.accept(",")
        arguments.take_options()
        if arguments.done():
            break
        parts.append(Literal(word.text, span=word.span) if word.quoted else Field(word.text, span=word.span))
    if not parts:
        raise arguments.unexpected("the name of the result after what is joined")
    required = arguments.boolean("allrequired", default=False)
    return Concatenate(rows, tuple(parts), word.text, required, command="strcat", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Concatenate`."""
    if not isinstance(node, Concatenate):
        return None
    parts = [quote(str(part.value)) if isinstance(part, Literal) else _field(part) for part in node.parts]
    option = [option_text("allrequired", value=True)] if node.all_required else []
    return " ".join(["strcat", *option, *parts, word_text(node.target)])


def _field(part: Expression) -> str:
    return part.name if isinstance(part, Field) else ""


COMMAND = Command(
    name="strcat",
    spellings={"spl": ("strcat",)},
    synopsis='strcat [allrequired=<boolean>] <field or "text">… <target>',
    summary="Joins the values of fields and quoted texts; the last word names the result. A missing field counts as nothing.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example('index=main | strcat host ":" port address', "`web1:80` in the field `address`."),),
)
