"""`transaction`: events that belong together, as one row."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Binary, Expression, Match, Term, Unary
from pilotage.language.plan.nodes import Node
from pilotage.language.plan.transactions import Transaction
from pilotage.language.plan.walk import everything
from pilotage.language.syntax.arguments import BOOLEANS, Arguments, Option, option_text, word_text, words_text
from pilotage.language.syntax.clause import ClauseParser
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.known import known
from pilotage.language.syntax.printing import clause_text, eval_text
from pilotage.language.syntax.scanner import Scanner, quote, unescape
from pilotage.model.problem import fail

MOST = 1000
_FILTER = re.compile(r"[\s,]*(startswith|endswith)\s*=\s*", re.IGNORECASE)
_EVAL = re.compile(r"eval\s*\(", re.IGNORECASE)
_SEARCH = re.compile(r"search\s+(?=\()", re.IGNORECASE)
_COMPARES = re.compile(r"[=<>]")

OPTIONS = (
    Option("maxspan", "time span", "-1", "The longest time from the first to the last event: `30s`, `5m`, plain seconds, -1 = any."),
    Option("maxpause", "time span", "-1", "The longest time between two events, -1 = any."),
    Option("maxevents", "integer", "1000", "The most events of one transaction, -1 = any."),
    Option("startswith", "search or eval()", "none", 'The oldest event: `"text"`, `(a=b c)` or `eval(condition)`.'),
    Option("endswith", "search or eval()", "none", "The newest event, written likewise."),
    Option("keepevicted", "boolean", "f", "Keep transactions without the start or end that is asked for (`closed_txn` 0)."),
    Option("keeporphans", "boolean", "f", "Keep events without any of the fields (`_txn_orphan` 1)."),
    Option("mvlist", "boolean or fields", "f", "`t` or names: every value in order of time instead of the distinct ones."),
    Option("nullstr", "text", "NULL", "Stands for a missing value in those lists."),
    Option("mvraw", "boolean", "f", "`_raw` as a multivalue instead of one text of lines."),
    Option("delim", "text", "a space", "What a later `nomv` of a field puts between the values."),
    Option("connected", "boolean", "t", "Accepted; events that have other fields of several are kept apart and told in a message."),
    Option("unifyends", "boolean", "f", "Accepted; starts and ends always need one of the fields."),
    Option("maxopentxn", "integer", "none", "Accepted; the limit is the memory of the search."),
    Option("maxopenevents", "integer", "none", "Accepted; the limit is the memory of the search."),
    Option("name", "text", "none", "Not supported: there are no stored transaction types."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`transaction [<field> …] [options]`."""
    fields: list[str] = []
    filters: dict[str, Expression] = {}
    while True:
        found = arguments.take(_FILTER)
        if found is not None:
            name = found[1].lower()
            if name in filters:
                raise fail("option-twice", f"the option `{name}` is given twice", span=arguments.span, hint="keep one of them")
            filters[name] = _filter(arguments)
        elif not arguments.take_option():
            if arguments.done():
                break
            fields.append(arguments.read_word("a field or an option").text)
    if "name" in arguments.given:
        raise arguments.refuse("name", "stored transaction types (`name=`)", "write the fields and options out")
    for name in ("connected", "unifyends"):
        arguments.boolean(name, default=True)
    return Transaction(
        rows,
        tuple(dict.fromkeys(fields)),
        filters.get("startswith"),
        filters.get("endswith"),
        _seconds(arguments, "maxspan"),
        _seconds(arguments, "maxpause"),
        max(arguments.integer("maxevents", MOST, -1), 0),
        arguments.boolean("keepevicted", default=False),
        arguments.boolean("keeporphans", default=False),
        _lists(arguments),
        arguments.string("nullstr", "NULL"),
        arguments.boolean("mvraw", default=False),
        arguments.string("delim", " "),
        command="transaction",
        span=arguments.span,
    )


def _filter(arguments: Arguments) -> Expression:
    """What an event must fulfil: `eval(condition)`, `(search clause)`, `field=value`, or a quoted text or clause."""
    if arguments.take(_EVAL):
        condition = arguments.read_condition()
        arguments.expect(")", "closing eval(")
        return condition
    arguments.take(_SEARCH)
    start = arguments.position
    raw = arguments.double()
    if raw is None:
        return known(ClauseParser(arguments).term(), arguments.context)
    if _COMPARES.search(unescape(raw)):
        clause = ClauseParser(Scanner(unescape(raw)), arguments.since(start)).clause()
        return known(clause, arguments.context)
    arguments.position = start
    return ClauseParser(arguments).term()


def _seconds(arguments: Arguments, name: str) -> float | None:
    if name in arguments.given and arguments.given[name].text.startswith("-1"):
        return None
    value = arguments.length(name)
    return value if value is None or isinstance(value, float) else value.seconds


def _lists(arguments: Arguments) -> tuple[str, ...]:
    """The patterns of fields that become lists."""
    written = arguments.string("mvlist", "f")
    if written.lower() in BOOLEANS:
        return ("*",) if BOOLEANS[written.lower()] else ()
    return tuple(re.findall(r"[^\s,]+", written))


def write(node: Node) -> str | None:
    """A `Transaction`."""
    if not isinstance(node, Transaction):
        return None
    parts = ["transaction", *([words_text(node.fields)] if node.fields else [])]
    parts += [f"{name}={_number(value)}s" for name, value in (("maxspan", node.span_seconds), ("maxpause", node.pause_seconds)) if value]
    parts += [f"maxevents={node.most or -1}"] if node.most != MOST else []
    parts += [f"{name}={_filter_text(each)}" for name, each in (("startswith", node.starts), ("endswith", node.ends)) if each is not None]
    flags = (("keepevicted", node.evicted), ("keeporphans", node.orphans), ("mvraw", node.raw_list))
    parts += [option_text(name, on) for name, on in flags if on]
    if node.lists:
        parts.append("mvlist=t" if node.lists == ("*",) else f"mvlist={quote(','.join(map(word_text, node.lists)))}")
    parts += [f"nullstr={quote(node.empty)}"] if node.empty != "NULL" else []
    parts += [f"delim={quote(node.delimiter)}"] if node.delimiter != " " else []
    return " ".join(parts)


def _number(value: float) -> str:
    return format(value, "f").rstrip("0").rstrip(".")


def _filter_text(condition: Expression) -> str:
    plain = all(
        isinstance(part, Match | Term) or (isinstance(part, Binary | Unary) and part.op in ("AND", "OR", "NOT"))
        for part in everything(condition)
    )
    return f"({clause_text(condition)})" if plain else f"eval({eval_text(condition)})"


COMMAND = Command(
    name="transaction",
    spellings={"spl": ("transaction",)},
    synopsis="transaction [<field>…] [maxspan=<span>] [maxpause=<span>] [maxevents=<N>] [startswith=<filter>] [endswith=<filter>] "
    "[keepevicted=<bool>] [keeporphans=<bool>] [mvlist=<bool or fields>] [mvraw=<bool>] [nullstr=<text>] [delim=<text>]",
    summary="Makes one row of the events that have the same values and stand close enough in time, with `duration` and `eventcount`.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | transaction session maxpause=10m | stats avg(duration)", "Sessions that end after ten quiet minutes."),
        Example('index=main | transaction user startswith="login" endswith="logout" maxspan=8h', "From one word to the other."),
        Example(
            'index=main | transaction host startswith=(event=down) endswith=eval(state=="up") keepevicted=t | where closed_txn=0',
            "Hosts that went down and did not come back.",
        ),
    ),
    notes=(
        "`_time` is that of the oldest event; other fields hold their distinct values in the order of texts, a list with `mvlist`.",
        "Events are read from the newest to the oldest, whatever order they come in.",
        "`closed_txn` is 1 for a transaction with the start and end asked for; without either, for one that a limit ended.",
        "A transaction of 1,000 events ends there unless `maxevents` says otherwise; a message tells when that happened.",
        "With several fields, events that lack some of them form transactions of their own; a message tells how many there were.",
        'A quoted filter with a comparison is a search (`"state=up"`), any other a phrase of the event\'s text.',
    ),
)
