"""SPL: text to plan and back."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfo

from pilotage.language import functions, operators
from pilotage.language.catalogue import Knowledge, KnownObjects
from pilotage.language.commands import commands, spellings
from pilotage.language.dialects.macros import Expansion, expanded
from pilotage.language.dialects.outline import Outline, Piece, cut, outline
from pilotage.language.plan.branches import Incoming
from pilotage.language.plan.nodes import Node, Rows, Scan, TimeRange
from pilotage.language.plan.size import check_size
from pilotage.language.plan.walk import embedded, inputs
from pilotage.language.syntax import sumo_aggregates
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command
from pilotage.language.syntax.context import Context, Vocabulary
from pilotage.language.syntax.printing import BRANCH
from pilotage.language.syntax.remedies import remedy
from pilotage.language.syntax.scanner import Scanner, nearest
from pilotage.model.problem import PilotageError, fail
from pilotage.model.time import read_time

DIALECT = "spl"


@cache
def vocabulary() -> Vocabulary:
    """The functions that `pilotage.language.functions` knows."""
    evals = {name: known for name, known in functions.EVAL.items() if "." not in name}
    return Vocabulary(evals, {name: known for name, known in functions.AGGREGATES.items() if "." not in name})


def context(
    now: int, zone: ZoneInfo | None = None, earliest: str | None = None, latest: str | None = None, knowledge: Knowledge | None = None
) -> Context:
    """What a request says beside its query; `now` in epoch nanoseconds, times as people write them, `earliest` 0 = all time."""
    place = ZoneInfo("UTC") if zone is None else zone
    start = None if earliest is None else read_time(earliest, now=now, zone=place) or None
    end = None if latest is None else read_time(latest, now=now, zone=place)
    return Context(now, vocabulary(), place, TimeRange(start, end), pipelines=_Brackets(), knowledge=knowledge or KnownObjects())


def parse(query: str, context: Context) -> Node:
    """The plan of a query: its last node. Raises `PilotageError` with a span into `query` for whatever cannot be planned."""
    return read(query, context)[0]


def read(query: str, context: Context) -> tuple[Node, Expansion]:
    """The plan of a query, and the text that its spans point into: the query with its macros expanded."""
    return _read(query, context, None)


def read_continued(query: str, context: Context) -> tuple[Node, Expansion]:
    """As `read`, of a query that goes on with the rows of a search nobody knows here: its first command works on events of any index."""
    return _read(query, context, nodes(outline("index=*"), context)[-1])


def _read(query: str, context: Context, rows: Node | None) -> tuple[Node, Expansion]:
    expansion = expanded(query, context.knowledge, context.vocabulary)
    try:
        plan = nodes(outline(expansion.text, branch=rows is not None), context, rows)[-1]
        check_size(plan)
    except PilotageError as error:
        if error.problem.span is not None:
            error.problem = replace(error.problem, span=expansion.back(error.problem.span))
        raise
    return plan, expansion


def nodes(pieces: Outline, context: Context, rows: Node | None = None) -> tuple[Node, ...]:
    """The node each command made, in the order of the text; the first works on `rows` where they are given and it can."""
    found: list[Node] = []
    for piece in pieces.pieces:
        command = _command(piece)
        arguments = Arguments(Scanner(pieces.text, piece.start, piece.end), piece.name, piece.word, context, command.options)
        try:
            found.append(_node(command, piece, arguments, found[-1] if found else rows, first=not found))
        except PilotageError as error:
            # How a search is written would say too much at once.
            if piece.name != "search":
                remedy(error, pieces.text, command.synopsis, command.options)
            raise
    return tuple(found)


def _node(command: Command, piece: Piece, arguments: Arguments, before: Node | None, *, first: bool) -> Node:
    if before is not None and command.parse is not None:
        return command.parse(arguments, before)
    if not first:
        raise fail("not-first", f"`{piece.name}` makes its own rows and stands first, after a `|`", span=piece.word)
    if command.generate is None:
        hint = f"name the events first, as in `index=main | {piece.name} …`"
        raise fail("no-source", f"`{piece.name}` needs rows to work on and cannot stand first", span=piece.word, hint=hint)
    return command.generate(arguments)


class _Brackets:
    """SPL inside brackets."""

    def search(self, text: str, start: int, end: int, context: Context) -> Node:
        return nodes(cut(text, start, end), context)[-1]

    def branch(self, text: str, start: int, end: int, context: Context, rows: Node) -> Node:
        return nodes(cut(text, start, end, branch=True), context, rows)[-1]

    def expanded(self, text: str, context: Context) -> str:
        return expanded(text, context.knowledge, context.vocabulary).text


def print_plan(plan: Node) -> str:
    """A query that `parse` turns into an equal plan (under a context without a time range). Raises code `unprintable`."""
    chained = tuple(reversed(tuple(inputs(plan))))
    # A command that stands first without a source of its own works on no rows at all.
    without = isinstance(chained[0], Rows) and not chained[0].columns and not chained[0].values
    texts = [_text(node) for node in chained[without:] if not isinstance(node, Incoming)]
    return ("| " if without else "") + " | ".join(text for text in texts if text)


def _text(node: Node) -> str:
    # Ask the command that made the node first: `where` and `search`, for one, both make filters.
    own = [command for command in commands().values() if command.name == node.command]
    others = [command for command in commands().values() if command.name != node.command]
    text = next((text for command in own + others if (text := command.print(node)) is not None), None)
    if text is None:
        raise fail("unprintable", f"a {type(node).__name__} cannot be written as SPL")
    for inner in embedded(node):
        text = text.replace(BRANCH, f"[{print_plan(inner)}]", 1)
    generating = getattr(node, "input", None) is None and not isinstance(node, Scan)
    return f"| {text}" if generating else text


def _command(piece: Piece) -> Command:
    known = spellings(DIALECT)
    if piece.name not in known:
        hint = nearest(piece.name, known)
        if piece.name in operators.spellings() or piece.name in sumo_aggregates.AGGREGATES:
            hint = f"`{piece.name}` is of Sumo's language: choose that, or write a command such as `stats count by host`"
        raise fail("unknown-command", f"no command `{piece.name}`", span=piece.word, hint=hint)
    return known[piece.name]
