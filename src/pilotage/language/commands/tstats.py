"""`tstats`: aggregates over events by their indexed fields, without looking at their text."""

from __future__ import annotations

import re
from dataclasses import replace

from pilotage.language.plan.branches import Incoming, Union
from pilotage.language.plan.expressions import Field
from pilotage.language.plan.nodes import Aggregate, Aggregation, Bin, FillNull, Node, Project, Rename, Scan
from pilotage.language.syntax.aggregates import read_aggregations
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.buckets import BUCKET, SPAN, time_buckets
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scope import read_by, read_clause, scanned
from pilotage.model.problem import fail

OPTIONS = (
    Option("prestats", "boolean", "f", "Give the events' fields, for `stats` or `timechart` with the same aggregates behind."),
    Option("append", "boolean", "f", "With `prestats=t`: after the rows there are."),
    Option("fillnull_value", "text", "none", "What stands for a BY field that an event lacks; without it such events are left out."),
    Option("summariesonly", "boolean", "f", "Accepted; there are no summaries, all events are read."),
    Option("allow_old_summaries", "boolean", "f", "Accepted, as `summariesonly`."),
    Option("include_reduced_buckets", "boolean", "f", "Accepted; all events are read."),
    Option("local", "boolean", "f", "Accepted; there is one server."),
    Option("chunk_size", "integer", "10000000", "Accepted; the engine chooses how to divide the work."),
)
_PREFIX = re.compile(r"PREFIX\s*\(", re.IGNORECASE)
_FLAGS = ("summariesonly", "allow_old_summaries", "include_reduced_buckets", "local")


def generate(arguments: Arguments) -> Node:
    """`| tstats [options] <aggregate> … [WHERE <clause>] [BY <field> …] [span=<width>]`."""
    aggregations = read_aggregations(arguments, "from", "where", "groupby")
    _check(arguments, aggregations)
    condition = read_clause(arguments) if arguments.keyword("where") else None
    arguments.take_options()
    by = _fields(arguments) if read_by(arguments) else ()
    arguments.take_options()
    arguments.integer("chunk_size", 1)
    for name in _FLAGS:
        arguments.boolean(name, default=False)
    events = scanned(arguments, condition, arguments.context.default_indexes)
    rows: Node = events
    if by and "fillnull_value" in arguments.given:
        rows = FillNull(rows, arguments.string("fillnull_value", ""), tuple(n for n in by if n != "_time"), command="fillnull")
    rows = _bucketed(arguments, rows, events, by)
    arguments.finish()
    if arguments.boolean("prestats", default=False):
        asked = [item.argument.name for item in aggregations if isinstance(item.argument, Field)]
        names = tuple(dict.fromkeys(("_time", *by, *asked)))
        rows = replace(rows, alias="_time") if isinstance(rows, Bin) else rows
        return Project(rows, names, "table", command="tstats", span=arguments.span)
    if arguments.boolean("append", default=False):
        raise arguments.refuse("append", "`append=t` without `prestats=t`", "use `| append [| tstats …]`")
    if "_time" not in by:
        return Aggregate(rows, aggregations, by, command="tstats", span=arguments.span)
    keys = tuple(BUCKET if name == "_time" else name for name in by)
    return Rename(Aggregate(rows, aggregations, keys, command="stats"), ((BUCKET, "_time"),), command="tstats", span=arguments.span)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`… | tstats prestats=t append=t …`."""
    found = generate(arguments)
    if isinstance(rows, Incoming):
        return found
    if not arguments.boolean("append", default=False):
        hint = "add `prestats=t append=t` to put its rows behind those before"
        raise fail("not-first", "`tstats` makes its own rows and stands first, after a `|`", span=arguments.word, hint=hint)
    return Union(rows, (found,), command="append", span=arguments.span)


def _check(arguments: Arguments, aggregations: tuple[Aggregation, ...]) -> None:
    if arguments.keyword("from"):
        start = arguments.position
        name = arguments.take(re.compile(r"\s*(?:datamodel\s*=?\s*)?\"?([^\s\"\]|]+)", re.IGNORECASE))
        shown = f"`{name[1]}`" if name else "one"
        hint = "count events instead, as in `| tstats count WHERE index=main sourcetype=x BY host`"
        raise fail("data-model", f"there are no data models yet, so `tstats` cannot read {shown}", span=arguments.since(start), hint=hint)
    for item in aggregations:
        if item.argument is not None and not isinstance(item.argument, Field):
            raise fail("unsupported", "`tstats` aggregates fields, not `eval(…)`", span=item.span, hint="use `stats`")


def _fields(arguments: Arguments) -> tuple[str, ...]:
    arguments.space()
    if arguments.see(_PREFIX):
        raise _prefix(arguments)
    names = arguments.read_fields("a field after BY")
    if arguments.peek() == "(" and names[-1].upper() == "PREFIX":
        raise _prefix(arguments)
    return tuple(dict.fromkeys(names))


def _prefix(arguments: Arguments) -> Exception:
    hint = "name the field itself, as in `BY user`: fields of events are found without their text"
    return fail("unsupported", "`PREFIX(…)` is not supported", span=arguments.since(arguments.position), hint=hint)


def _bucketed(arguments: Arguments, rows: Node, events: Scan, by: tuple[str, ...]) -> Node:
    if "_time" in by:
        return time_buckets(arguments, rows, events.time)
    if "span" in arguments.given:
        raise arguments.refuse("span", "`span` without `BY _time`", "write `BY _time span=1h`")
    return rows


def write(node: Node) -> str | None:
    """Nothing: its plan is written as `search`, `bin` and `stats`."""
    del node
    return None


COMMAND = Command(
    name="tstats",
    spellings={"spl": ("tstats",)},
    synopsis="| tstats [prestats=<bool>] [fillnull_value=<text>] <aggregate> [AS <name>]… [WHERE <condition>] "
    "[BY <field>… [span=<time span>]]",
    summary="Aggregates events by their fields, as `search … | stats`. Stands first.",
    generate=generate,
    parse=parse,
    print=write,
    options=(SPAN, *OPTIONS),
    examples=(
        Example("| tstats count WHERE index=main BY host", "Events of each host."),
        Example("| tstats count WHERE index=main sourcetype=access* BY _time span=1h", "Events an hour."),
        Example("| tstats latest(_time) AS seen dc(host) AS hosts WHERE index=* BY index", "When each index was last written to."),
    ),
    notes=(
        "Every field of events can be used, not only those fixed at index time.",
        "Data models (`FROM datamodel=…`) and `PREFIX(…)` are refused; `summariesonly` has no meaning without them.",
        "`BY _time` without `span` chooses one by the time range.",
    ),
)
