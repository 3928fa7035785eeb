"""`WHERE` of the commands that read events by themselves (`mstats`, `tstats` …): a search clause up to `BY` or the next option."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Expression, Match
from pilotage.language.plan.nodes import Scan, TimeRange
from pilotage.language.plan.walk import chain, everything, members
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.clause import ClauseParser
from pilotage.language.syntax.scanner import Scanner
from pilotage.model.problem import fail
from pilotage.model.time import read_time

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[()\[\]]|[^\s()\[\]"]+|\s+|.', re.DOTALL)
_INDEX = re.compile(r'index\s*=\s*(?:"([^"]*)"|([^\s|\[\]"]+))', re.IGNORECASE)
_BY = re.compile(r"(?:group)?by", re.IGNORECASE)


def read_clause(arguments: Arguments) -> Expression | None:
    """The clause from here to `BY`, `GROUPBY`, an option of the command or the end; `None` when nothing stands here."""
    start = arguments.position
    end = _end(arguments)
    inner = Arguments(Scanner(arguments.text, start, end), arguments.command, arguments.word, arguments.context)
    found = None if inner.done() else ClauseParser(inner).clause()
    arguments.position = end
    return found


def read_by(arguments: Arguments) -> bool:
    """Whether `BY` or `GROUPBY` stands here; it is read."""
    return arguments.keyword("by", "groupby") is not None


def read_indexes(arguments: Arguments, defaults: tuple[str, ...]) -> tuple[str, ...]:
    """Every argument of a command of options only: the indexes of `index=a,b index=c`, or `defaults`; the options are read too."""
    names: list[str] = []
    while True:
        arguments.space()
        found = arguments.take(_INDEX)
        if found:
            names += [name.strip() for name in (found[1] or found[2] or "").split(",") if name.strip()]
        elif not arguments.take_option():
            break
    arguments.finish()
    return tuple(dict.fromkeys(names)) or defaults


def _end(arguments: Arguments) -> int:
    option = re.compile(rf"(?:{'|'.join(map(re.escape, arguments.allowed))})=(?!=)") if arguments.allowed else None
    level, position = 0, arguments.position
    while position < arguments.end:
        found = _PIECE.match(arguments.text, position, arguments.end)
        if found is None:
            break
        piece = found[0]
        if level == 0 and (_BY.fullmatch(piece) or (option is not None and option.match(piece.lower()))):
            return position
        level += {"(": 1, "[": 1, ")": -1, "]": -1}.get(piece, 0)
        position = found.end()
    return arguments.end


def scanned(arguments: Arguments, condition: Expression | None, defaults: tuple[str, ...], *, whole: bool = False) -> Scan:
    """The events a clause means: its `index=`, `earliest=` and `latest=` become those of the scan, or `defaults` and the request's range.

    With `whole`, the request's time range does not matter. Raises code `unsupported` for a time bound below OR or NOT.
    """
    indexes = defaults
    bounds: dict[str, int] = {}
    rest: list[Expression] = []
    for term in [] if condition is None else members("AND", condition):
        choices = members("OR", term)
        if isinstance(term, Match) and term.field in ("earliest", "latest") and term.op == "=":
            context = arguments.context
            bounds[term.field] = read_time(term.values[0], now=context.now, zone=context.zone, span=term.span)
        elif all(isinstance(choice, Match) and choice.field == "index" and choice.op == "=" for choice in choices):
            indexes = tuple(dict.fromkeys(value for choice in choices if isinstance(choice, Match) for value in choice.values))
        elif any(isinstance(part, Match) and part.field in ("earliest", "latest") for part in everything(term)):
            hint = "put it beside the other conditions, outside of parentheses"
            raise fail("unsupported", "a time bound holds for the whole WHERE", span=term.span, hint=hint)
        else:
            rest.append(term)
    time = TimeRange() if whole else arguments.context.time
    if bounds:
        time = TimeRange(bounds.get("earliest") or None, bounds.get("latest"))
    return Scan(indexes, time, chain("AND", rest) if rest else None, command=arguments.command, span=arguments.span)
