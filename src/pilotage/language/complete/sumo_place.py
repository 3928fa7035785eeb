"""Where the cursor of an unfinished Sumo query stands."""

from __future__ import annotations

import re

from pilotage.language.complete.place import Pipe, Place, Trace
from pilotage.language.operators import spellings
from pilotage.language.syntax import sumo_aggregates
from pilotage.language.syntax.operator import Operator
from pilotage.language.syntax.synopsis import Grammar, grammar

_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CHARACTER = re.compile(r"'(?:\\.|[^'\\\n])*'")
_REGEX = re.compile(r"/(?:[^/\\\n]|\\.)+/")
_BEFORE_REGEX = re.compile(r"\bmatches\s*$", re.IGNORECASE)
_STAGE = re.compile(r"\s*([A-Za-z_]\w*)(?=\W)")
_SUBQUERY = re.compile(r"\s*subquery\b[^:|\]]{0,200}:", re.IGNORECASE)
AGGREGATE_SYNOPSIS = "count [as <name>], <aggregate>(<field>) [as <name>], … [by <field>, …]"
_AGGREGATES = grammar(AGGREGATE_SYNOPSIS)
_NOTHING = Grammar((), (), frozenset(), "")


def read(text: str) -> Place:
    """The place at the end of a text."""
    trace = Trace(text)
    position = 0
    while position < len(text):
        position = _step(trace, text, position)
    return trace.place()


def _step(trace: Trace, text: str, position: int) -> int:
    """Take in one letter, quoted text or comment; where the next begins."""
    skipped = _verbatim(trace, text, position)
    if skipped:
        return skipped
    match text[position]:
        case "(" if grammar_of(named(trace.head(), trace.pipe)[0]).inside == "stages":
            trace.enter(Pipe(position + 1, position + 1, opener=position, branch=True))
        case "(":
            trace.call(position)
        case "[":
            found = _SUBQUERY.match(text, position + 1)
            start = found.end() if found else position + 1
            trace.enter(Pipe(start, start, opener=position))
        case ")" if trace.pipe.opener >= 0 and text[trace.pipe.opener] == "(" and trace.open[-1] is trace.pipe:
            trace.end_pipe(position)
        case ")":
            trace.end_call()
        case "]":
            trace.end_pipe(position)
        case ",":
            trace.comma()
        case "|" if text.startswith("||", position):
            return position + 2
        case "|":
            trace.bar(position)
    return position + 1


def _verbatim(trace: Trace, text: str, position: int) -> int:
    """Behind the quoted text, pattern or comment that begins here, or 0."""
    letter = text[position]
    if letter == "/":
        return _slash(trace, text, position)
    if letter == '"':
        found = _DOUBLE.match(text, position)
    elif letter == "'":
        found = _CHARACTER.match(text, position)
    else:
        return 0
    if found is None and letter == "'":
        return position + 1
    if found is None:
        trace.left_open('%"' if text[position - 1 : position] == "%" else '"', position)
        return len(text)
    trace.hide(position + 1, found.end() - 1)
    return found.end()


def _slash(trace: Trace, text: str, position: int) -> int:
    if text.startswith("//", position) and text[position - 1 : position] != ":":
        end = text.find("\n", position)
        trace.comment = end < 0
    elif text.startswith("/*", position):
        end = text.find("*/", position + 2) + 2
        trace.comment = end < 2
        end = -1 if end < 2 else end
    elif _BEFORE_REGEX.search(text, max(0, position - 40), position) and (found := _REGEX.match(text, position)):
        trace.hide(position + 1, found.end() - 1)
        return found.end()
    else:
        return 0
    trace.blank(position, len(text) if end < 0 else end)
    return len(text) if end < 0 else end


def named(stage: str, pipe: Pipe) -> tuple[str, int]:
    """The first word of a stage in lower case and where it ends; empty for a scope, and while it is being written."""
    if pipe.number == 1 and not pipe.branch:
        return "", 0
    found = _STAGE.match(stage)
    return (found[1].lower(), found.end()) if found else ("", 0)


def operator_of(name: str) -> Operator | None:
    """The operator of a spelling."""
    return spellings().get(name)


def grammar_of(name: str) -> Grammar:
    """What an operator or a list of aggregates takes."""
    if name in sumo_aggregates.AGGREGATES:
        return _AGGREGATES
    operator = operator_of(name)
    return grammar(operator.synopsis) if operator else _NOTHING
