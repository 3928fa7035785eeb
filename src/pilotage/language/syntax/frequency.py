"""`top` and `rare`: one syntax, two orders."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Top
from pilotage.language.syntax.arguments import Arguments, Option, option_text, words_text
from pilotage.model.problem import fail

OPTIONS = (
    Option("limit", "integer", "10", "How many combinations; 0 = all."),
    Option("countfield", "field", "count", "Name of the column with the number of rows."),
    Option("percentfield", "field", "percent", "Name of the column with the share of rows."),
    Option("showcount", "boolean", "t", "Whether to show the number of rows."),
    Option("showperc", "boolean", "t", "Whether to show the share of rows."),
    Option("useother", "boolean", "f", "Whether to add a row for everything past the limit."),
    Option("otherstr", "text", "OTHER", "What that row is called."),
)


def read_top(arguments: Arguments, rows: Node, *, rare: bool) -> Top:
    """`[N] [options] <field> … [BY <field> …]`."""
    arguments.take_options()
    count = arguments.read_number()
    fields = arguments.read_fields("a field to count", "by")
    by = arguments.read_fields("a field after BY") if arguments.keyword("by") else ()
    arguments.finish()
    if count is not None and "limit" in arguments.given:
        raise arguments.bad("limit", "give the number of rows once")
    result = Top(
        rows,
        fields,
        by,
        limit=arguments.integer("limit", 10) if count is None else count,
        rare=rare,
        count_field=arguments.string("countfield", "count"),
        percent_field=arguments.string("percentfield", "percent"),
        show_count=arguments.boolean("showcount", default=True),
        show_percent=arguments.boolean("showperc", default=True),
        use_other=arguments.boolean("useother", default=False),
        other=arguments.string("otherstr", "OTHER"),
        command=arguments.command,
        span=arguments.span,
    )
    _distinct(arguments, result)
    return result


def _distinct(arguments: Arguments, node: Top) -> None:
    names = [*node.by, *node.fields]
    names += [node.count_field] if node.show_count else []
    names += [node.percent_field] if node.show_percent else []
    for name in names:
        if names.count(name) > 1:
            hint = "name the new columns with `countfield=` and `percentfield=`, or leave them out with `showcount=f`"
            raise fail("name-twice", f"two columns are called `{name}`", span=arguments.span, hint=hint)


def top_text(node: Top) -> str:
    """The arguments of a `Top`."""
    parts: list[str] = []
    if node.limit != 10:
        parts.append(option_text("limit", node.limit))
    texts = (("countfield", node.count_field, "count"), ("percentfield", node.percent_field, "percent"), ("otherstr", node.other, "OTHER"))
    parts += [option_text(name, value) for name, value, default in texts if value != default]
    flags = (("showcount", node.show_count, True), ("showperc", node.show_percent, True), ("useother", node.use_other, False))
    parts += [option_text(name, value) for name, value, default in flags if value != default]
    parts.append(words_text(node.fields))
    return " ".join([*parts, f"BY {words_text(node.by)}"] if node.by else parts)
