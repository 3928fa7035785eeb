"""`search`: events of indexes that match words and `field=value` conditions; behind a pipe a filter."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from pilotage.language.plan.expressions import Binary, Expression, Match, Term, Unary
from pilotage.language.plan.nodes import Filter, Node, Scan, TimeRange
from pilotage.language.plan.walk import chain, everything, members
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.clause import ClauseParser
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.context import Context
from pilotage.language.syntax.known import known
from pilotage.language.syntax.printing import clause_text, value_text
from pilotage.model.time import NANOSECONDS, read_formatted, read_time, write_time

_ALL = Term("*", wildcard=True)
_BOUNDS = {
    "earliest": ("_time", ">="),
    "latest": ("_time", "<"),
    "_index_earliest": ("_indextime", ">="),
    "_index_latest": ("_indextime", "<"),
}


def generate(arguments: Arguments) -> Node:
    """A leading search: indexes and time bounds are taken out of the condition where they hold for all of it."""
    context = arguments.context
    terms = [] if arguments.done() else members("AND", known(ClauseParser(arguments).clause(), context))
    form, terms = _time_format(terms)
    bounds: dict[str, int] = {}
    rest: list[Expression] = []
    inline = False
    for term in terms:
        if isinstance(term, Match) and term.field in ("earliest", "latest") and term.op == "=":
            bounds[term.field] = _instant(term, context, form)
        elif term != _ALL:
            bounded = _with_times(term, context, form)
            inline = inline or any(isinstance(part, Match) and part.field in ("earliest", "latest") for part in everything(term))
            rest.append(bounded)
    # A range in the query replaces that of the request as a whole; 0 as its start means all time.
    time = TimeRange(bounds.get("earliest") or None, bounds.get("latest")) if bounds or inline else context.time
    indexes, rest = _indexes(rest, context.default_indexes)
    return Scan(indexes, time, chain("AND", rest) if rest else None, command="search", span=arguments.span)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`search <clause>` behind a pipe."""
    if arguments.done():
        raise arguments.unexpected("a condition")
    form, terms = _time_format(members("AND", known(ClauseParser(arguments).clause(), arguments.context)))
    terms = [_with_times(term, arguments.context, form) for term in terms]
    return Filter(rows, chain("AND", terms or [_ALL]), command="search", span=arguments.span)


def _time_format(terms: list[Expression]) -> tuple[str | None, list[Expression]]:
    """`timeformat=` out of the terms."""
    form = None
    rest = []
    for term in terms:
        if isinstance(term, Match) and term.field == "timeformat" and term.op == "=":
            form = term.values[0]
        else:
            rest.append(term)
    return form, rest


def _instant(match: Match, context: Context, form: str | None) -> int:
    if form is not None:
        return read_formatted(match.values[0], form, zone=context.zone, span=match.span)
    return read_time(match.values[0], now=context.now, zone=context.zone, span=match.span)


def _with_times(expression: Expression, context: Context, form: str | None) -> Expression:
    """The expression with `earliest=`, `latest=` made conditions on `_time`: they bound only their part. Arrival bounds likewise."""
    if isinstance(expression, Match) and expression.field in _BOUNDS and expression.op == "=":
        field, op = _BOUNDS[expression.field]
        seconds = format(Decimal(_instant(expression, context, form)) / NANOSECONDS, "f")
        return Match(field, op, (seconds,), span=expression.span)
    if isinstance(expression, Unary):
        return replace(expression, operand=_with_times(expression.operand, context, form))
    if isinstance(expression, Binary):
        left, right = (_with_times(part, context, form) for part in (expression.left, expression.right))
        return replace(expression, left=left, right=right)
    return expression


def _indexes(terms: list[Expression], defaults: tuple[str, ...]) -> tuple[tuple[str, ...], list[Expression]]:
    """The indexes a search must read, and the terms that are left when one of them says nothing else."""
    for position, term in enumerate(terms):
        choices = members("OR", term)
        if all(isinstance(choice, Match) and choice.field == "index" and choice.op == "=" for choice in choices):
            names = [value for choice in choices if isinstance(choice, Match) for value in choice.values]
            return tuple(dict.fromkeys(names)), terms[:position] + terms[position + 1 :]
    for term in terms:
        found = _covering(term, defaults)
        if found:
            return found, terms
    return defaults, terms


def _covering(expression: Expression, defaults: tuple[str, ...]) -> tuple[str, ...] | None:
    """Indexes that hold every event the expression can match; `None` = it names none."""
    if isinstance(expression, Match) and expression.field == "index" and expression.op == "=":
        return expression.values
    if not isinstance(expression, Binary):
        return None
    parts = [_covering(part, defaults) for part in members(expression.op, expression)]
    if expression.op == "AND" or not any(parts):
        return next((part for part in parts if part), None)
    return tuple(dict.fromkeys(name for part in parts for name in (part or defaults)))


def write(node: Node) -> str | None:
    """A `Scan`, or a `Filter` that holds nothing but search conditions."""
    if isinstance(node, Filter):
        return f"search {clause_text(node.condition)}" if _plain(node.condition) else None
    if not isinstance(node, Scan):
        return None
    names = ", ".join(value_text(name) for name in node.indexes)
    parts = ["search", f"index={names}" if len(node.indexes) == 1 else f"index IN ({names})"]
    parts += [
        f'{side}="{write_time(at)}"' for side, at in (("earliest", node.time.earliest), ("latest", node.time.latest)) if at is not None
    ]
    if node.condition is not None:
        parts.append(clause_text(node.condition, "AND" if members("AND", node.condition) == [node.condition] else ""))
    return " ".join(parts)


def _plain(condition: Expression) -> bool:
    """Whether the condition is a search clause."""
    for part in everything(condition):
        operator = isinstance(part, Binary | Unary) and part.op in ("AND", "OR", "NOT")
        if not operator and not isinstance(part, Match | Term):
            return False
    return True


COMMAND = Command(
    name="search",
    spellings={"spl": ("search",)},
    synopsis='[search] <word> | "<phrase>" | <field><op><value> | <field> IN (<value>, …) | TERM(<token>) | CASE(<word>) '
    "[earliest=<time>] [latest=<time>]",
    summary="Finds events: words match whole tokens of the text, values match without regard to case, `*` stands for any text.",
    generate=generate,
    parse=parse,
    print=write,
    examples=(
        Example('index=main error* "out of memory" earliest=-24h@h', "Words, a phrase and a time range; AND is implied."),
        Example("index=main (status=500 OR status=503) NOT service=cart*", "`NOT f=v` keeps events without f, `f!=v` does not."),
        Example("index=main | stats count BY service | search count>100 service IN (pay, cart)", "A filter behind a pipe."),
    ),
    notes=(
        "OR binds tighter than AND; AND, OR and NOT are upper case.",
        "A time range in the query replaces the one of the request; a missing side is unbounded.",
        "Without `index=` the index `main` is searched.",
    ),
)
