"""`head`: the first rows, by number or as long as a condition holds."""

from __future__ import annotations

from pilotage.language.plan.nodes import Limit, Node, While
from pilotage.language.syntax.arguments import Arguments, Option, option_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import eval_text
from pilotage.model.problem import fail

OPTIONS = (
    Option("limit", "integer", "10", "How many rows; with a condition the most rows, by default all."),
    Option("keeplast", "boolean", "f", "With a condition: keep the row that ends it, too."),
    Option("null", "boolean", "f", "With a condition: a null counts as true."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`head [N | limit=N]` or `head (<condition>) [keeplast=] [null=] [limit=]`."""
    arguments.take_options()
    count = arguments.read_number()
    arguments.take_options()
    if count is None and not arguments.done() and arguments.peek() == "(":
        condition = arguments.read_condition()
        arguments.finish()
        return While(
            rows,
            condition,
            keep_last=arguments.boolean("keeplast", default=False),
            null_is_true=arguments.boolean("null", default=False),
            limit=arguments.integer("limit", 0),
            command="head",
            span=arguments.span,
        )
    if not arguments.done():
        error = arguments.unexpected("a number of rows or a condition in parentheses")
        raise fail(error.problem.code, error.problem.sentence, span=error.problem.span, hint="write `head 20` or `head (x<3)`")
    for name in ("keeplast", "null"):
        if name in arguments.given:
            raise arguments.bad(name, f"`{name}` goes with a condition, as in `head (x<3) {name}=t`")
    if count is not None and "limit" in arguments.given:
        raise arguments.bad("limit", "give the number of rows once")
    return Limit(rows, arguments.integer("limit", 10) if count is None else count, command="head", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Limit` from the front, or a `While`."""
    if isinstance(node, Limit) and not node.last:
        return f"head {node.count}"
    if not isinstance(node, While):
        return None
    text = f"head ({eval_text(node.condition)})"
    if node.keep_last:
        text += " " + option_text("keeplast", value=True)
    if node.null_is_true:
        text += " " + option_text("null", value=True)
    return f"{text} limit={node.limit}" if node.limit else text


COMMAND = Command(
    name="head",
    spellings={"spl": ("head",)},
    synopsis="head [<N>] | head (<condition>) [keeplast=<bool>] [null=<bool>] [limit=<N>]",
    summary="Keeps the first rows: 10, N, or those before the first row for which a condition is not true.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | head 5", "The five newest events."),
        Example("index=main | sort 0 ms | head (ms<100) keeplast=t", "Rows up to and with the first of 100 ms or more."),
    ),
)
