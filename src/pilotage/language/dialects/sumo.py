"""Sumo: text to plan. A scope and stages: operators, lists of aggregates, and bare expressions with a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pilotage.language import commands, functions
from pilotage.language.catalogue import Knowledge, KnownObjects
from pilotage.language.dialects.macros import Expansion
from pilotage.language.dialects.sumo_outline import filled, stages, sumo_outline
from pilotage.language.operators import spellings
from pilotage.language.plan.expressions import Call, Expression, Field, Match
from pilotage.language.plan.extracting import AutoParse
from pilotage.language.plan.nodes import Extend, Node, Scan, TimeRange
from pilotage.language.plan.size import check_size
from pilotage.language.plan.walk import chain, members
from pilotage.language.syntax import sumo_aggregates
from pilotage.language.syntax.context import Context, Vocabulary
from pilotage.language.syntax.names import METADATA, Names
from pilotage.language.syntax.operator import Stage
from pilotage.language.syntax.remedies import remedy
from pilotage.language.syntax.scanner import Scanner, nearest
from pilotage.language.syntax.sumo_expressions import SumoExpressions, bounded
from pilotage.language.syntax.sumo_scope import ScopeParser
from pilotage.model.problem import PilotageError, Span, fail
from pilotage.model.time import read_time

DIALECT = "sumo"
_WORD = re.compile(r"\s*([A-Za-z_]\w*)")
_SUBQUERY = re.compile(
    r"\s*subquery(?:\s+(?:from\s*=\s*\((?P<from>[^()]*)\)|to\s*=\s*\((?P<to>[^()]*)\)"
    r"|maxresults\s*=\s*(?P<most>\d{1,9})))*\s*:",
    re.IGNORECASE,
)
_REBINDING = frozenset({"tonumber", "toint", "sumo.integer", "todouble"})
"""Functions whose stage without a name sets the field itself."""
_VENDORS: Mapping[str, str] = MappingProxyType(
    {
        "infer": "runs a model of the vendor's, which is not here",
        "benchmark": "compares with figures of the vendor's other customers, which are not here",
        "details": "lists messages of a signature by an id that only the vendor's page keeps; search for words of the signature instead",
        "cat": "shows a lookup; look it up from rows with `lookup`",
        "logexplain": "is not there; compare two `count by` with `join`",
        "transaction": "is not there; `transactionize` groups messages by the values they share",
        "trace": "is not there; `transactionize` groups messages by the values they share",
    }
)
"""Operators of the original that do not run here, and why."""
_EVERY = ("*",)
_AUTO = "\0"


@cache
def vocabulary() -> Vocabulary:
    """The functions by their Sumo names, and the aggregates."""
    return Vocabulary(functions.SUMO, {name: functions.AGGREGATES[function] for name, (function, _) in sumo_aggregates.AGGREGATES.items()})


def context(
    now: int, zone: ZoneInfo | None = None, earliest: str | None = None, latest: str | None = None, knowledge: Knowledge | None = None
) -> Context:
    """What a request says beside its query; `now` in epoch nanoseconds, times as people write them, `earliest` 0 = all time."""
    place = ZoneInfo("UTC") if zone is None else zone
    start = None if earliest is None else read_time(earliest, now=now, zone=place) or None
    end = None if latest is None else read_time(latest, now=now, zone=place)
    time = TimeRange(start, end)
    return Context(now, vocabulary(), place, time, _EVERY, pipelines=_Brackets(), knowledge=knowledge or KnownObjects())


def parse(query: str, context: Context, variables: Mapping[str, str] = MappingProxyType({})) -> Node:
    """The plan of a query: its last node. Raises `PilotageError` with a span into `query` for whatever cannot be planned."""
    return read(query, context, variables)[0]


def read(query: str, context: Context, variables: Mapping[str, str] = MappingProxyType({})) -> tuple[Node, Expansion]:
    """The plan of a query, and the text that its spans point into: the query with its variables replaced."""
    expansion = filled(query, variables)
    try:
        pieces = sumo_outline(expansion.text)
        plan, names = _query(pieces.text, pieces.pieces, context)
        if not names.closed:
            plan = Extend(plan, (("_messageTime", _special("_messagetime")),), command="messages")
        check_size(plan)
    except PilotageError as error:
        if error.problem.span is not None:
            error.problem = replace(error.problem, span=expansion.back(error.problem.span))
        raise
    return plan, Expansion(pieces.text, expansion.parts)


def _query(text: str, pieces: tuple[Span, ...], context: Context) -> tuple[Node, Names]:
    """The plan of a scope and its stages, and what is known by name at its end."""
    names = Names()
    plan: Node = _scan(Scanner(text, pieces[0].start, pieces[0].end), context)
    plan = AutoParse(plan, "_raw", (f"{_AUTO}0",), command="auto parse")
    for piece in pieces[1:]:
        plan = stage(text, piece, context, names, plan)
    return _settled(plan, names), names


class _Brackets:
    """Sumo inside brackets: `[subquery from=(-1h) to=(now): scope | stages | compose k]`."""

    def search(self, text: str, start: int, end: int, context: Context) -> Node:
        found = _SUBQUERY.match(text, start, end)
        if found is None:
            hint = "write `[subquery: scope | … | compose field]`"
            raise fail("syntax", "brackets hold a sub-query", span=Span(start, end), hint=hint)
        edges = {
            side: read_time(found[side].strip(), now=context.now, zone=context.zone, span=Span(*found.span(side)))
            for side in ("from", "to")
            if found[side]
        }
        time = TimeRange(edges.get("from", context.time.earliest), edges.get("to", context.time.latest))
        plan, _ = _query(text, stages(text, found.end(), end), replace(context, time=time))
        if plan.command != "compose":
            hint = "end it with `| compose field`"
            raise fail("syntax", "a sub-query says by `compose` what it hands over", span=Span(start, end), hint=hint)
        return plan if found["most"] is None else bounded(plan, int(found["most"]), Span(*found.span("most")))

    def branch(self, text: str, start: int, end: int, context: Context, rows: Node) -> Node:
        del text, context, rows
        raise fail("unsupported", "this dialect has no commands in brackets", span=Span(start, end))

    def expanded(self, text: str, context: Context) -> str:
        del context  # this language has no macros
        return text


def stage(text: str, piece: Span, context: Context, names: Names, rows: Node) -> Node:
    """The node of one stage over `rows`. Raises codes `command-missing`, `unknown-command` and what its operator raises."""
    if not text[piece.start : piece.end].strip():
        raise fail("command-missing", "a stage should follow the `|`", span=Span(piece.start - 1, piece.start), hint="remove the `|`")

    def pipe(part: Span, inner: Names, over: Node) -> Node:
        for each in stages(text, part.start, part.end):
            over = stage(text, each, context, inner, over)
        return over

    scanner = Scanner(text, piece.start, piece.end)
    found = scanner.take(_WORD)
    word = Span(*found.span(1)) if found else Span(piece.start, piece.start)
    name = found[1].lower() if found else ""
    if name in sumo_aggregates.AGGREGATES and _aggregates(scanner):
        scanner.position = word.start
        return sumo_aggregates.read_aggregate(Stage(scanner, word, context, names, pipe), rows)
    operator = spellings().get(name)
    if operator is not None and not _called(scanner, name):
        try:
            return operator.parse(Stage(scanner, word, context, names, pipe), rows)
        except PilotageError as error:
            remedy(error, text, operator.synopsis)
            raise
    scanner.position = piece.start
    return _bare(Stage(scanner, word, context, names, pipe), rows)


def _aggregates(scanner: Scanner) -> bool:
    """Whether a list of aggregates stands here, rather than a field that is called like one: `count / 2 as half`."""
    scanner = Scanner(scanner.text, scanner.position, scanner.end)
    scanner.space()
    return scanner.see(re.compile(r"[-+*/%=<>!?]")) is None or scanner.done()


def _called(scanner: Scanner, name: str) -> bool:
    """Whether a function of an operator's name is called here: `replace(a, b, c) as d`, `parse` never is."""
    scanner = Scanner(scanner.text, scanner.position, scanner.end)
    return name in functions.SUMO and scanner.accept("(")


def _bare(stage: Stage, rows: Node) -> Node:
    """`expression as name`."""
    stage.space()
    start = stage.position
    first = _WORD.match(stage.text, start)
    try:
        expression = SumoExpressions(stage, stage.context, stage.names).expression()
    except PilotageError as error:
        if error.problem.code == "syntax" and first and not stage.text[first.end() : stage.end].lstrip().startswith("("):
            raise _unknown(first) from error
        raise
    if stage.keyword("as"):
        name = stage.new_name()
    elif first and isinstance(expression, Field):
        raise _unknown(first)
    else:
        name = _default(expression)
    stage.finish()
    stage.names.define(name)
    return Extend(rows, ((name, expression),), command="as", span=Span(start, max(start, stage.position)))


def _unknown(first: re.Match[str]) -> PilotageError:
    name = first[1].lower()
    if name in _VENDORS:
        return fail("unsupported", f"`{name}` {_VENDORS[name]}", span=Span(*first.span(1)))
    known = (*spellings(), *sumo_aggregates.AGGREGATES)
    name = first[1].lower()
    if name in commands.spellings("spl"):
        hint: str | None = f"`{name}` is a command of SPL: choose that language, or write an operator such as `count by host`"
    else:
        hint = nearest(name, known) or "write an operator, an aggregate, or `expression as name`"
    return fail("unknown-command", f"no operator `{first[1]}`", span=Span(*first.span(1)), hint=hint)


def _default(expression: Expression) -> str:
    """The name of an expression that has none: the field itself where only its kind changes, else `_function`."""
    if isinstance(expression, Field):
        return expression.name
    if isinstance(expression, Call) and expression.name in _REBINDING and isinstance(expression.arguments[0], Field):
        return expression.arguments[0].name
    return f"_{expression.name.removeprefix('sumo.')}" if isinstance(expression, Call) else "_expression"


def _scan(scanner: Scanner, context: Context) -> Scan:
    condition = ScopeParser(scanner, context).scope()
    indexes, terms = _indexes([] if condition is None else members("AND", condition))
    rest = chain("AND", terms) if terms else None
    return Scan(indexes or context.default_indexes, context.time, rest, ("logs",), command="scope", span=Span(0, scanner.end))


def _indexes(terms: list[Expression]) -> tuple[tuple[str, ...], list[Expression]]:
    """The indexes that a scope names where it must hold, in any case, and the terms that say something else."""
    for place, term in enumerate(terms):
        choices = members("OR", term)
        if all(isinstance(choice, Match) and choice.field == "index" and choice.op == "=" for choice in choices):
            names = dict.fromkeys(value for choice in choices if isinstance(choice, Match) for value in choice.values)
            return tuple(names), terms[:place] + terms[place + 1 :]
    return (), terms


def _settled(node: Node, names: Names) -> Node:
    """The plan with the fields of JSON texts that some stage asked for, and with metadata under the names that were used."""
    changes: dict[str, object] = {}
    for known in fields(node):
        value = getattr(node, known.name)
        if isinstance(value, Node):
            changes[known.name] = _settled(value, names)
        elif isinstance(value, tuple) and value and all(isinstance(each, Node) for each in value):
            changes[known.name] = tuple(_settled(each, names) for each in value)
    node = replace(node, **changes) if changes else node  # type: ignore[arg-type]
    if not isinstance(node, AutoParse) or not node.names or not node.names[0].startswith(_AUTO):
        return node
    number = int(node.names[0][1:])
    wanted = tuple(names.autos[number].names)
    below: Node = replace(node, names=wanted) if wanted else node.input
    if number == 0 and names.specials:
        below = Extend(below, tuple((name, _special(name)) for name in names.specials), command="metadata")
    return below


def _special(name: str) -> Expression:
    folded = name.lower()
    if folded in METADATA:
        return Field(METADATA[folded])
    if folded == "_size":
        return Call("sumo.size", (Field("_raw"),))
    return Call("sumo.millis", (Field("_time" if folded == "_messagetime" else "_indextime"),))
