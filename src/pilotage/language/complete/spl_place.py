"""Where the cursor of an unfinished SPL query stands."""

from __future__ import annotations

import re

from pilotage.language.commands import spellings
from pilotage.language.complete.place import Pipe, Place, Trace
from pilotage.language.syntax.command import Command
from pilotage.language.syntax.synopsis import Grammar, grammar

DIALECT = "spl"
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SINGLE = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_STAGE = re.compile(r"\s*([A-Za-z_]\w*)(?=\W)")
_SEARCH = re.compile(r"\s*search(?=[\s(\"])", re.IGNORECASE)
_VERBATIM = frozenset({"rex", "regex"})
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
    letter = text[position]
    if letter in "\"'`":
        return _quoted(trace, text, position)
    match letter:
        case "\\":
            return position + 2
        case "[" if named(trace.head(), trace.pipe)[0] not in _VERBATIM:
            inside = grammar_of(named(trace.head(), trace.pipe)[0]).inside
            trace.enter(Pipe(position + 1, position + 1, opener=position, branch=inside == "commands"))
        case "]":
            trace.end_pipe(position)
        case "(":
            trace.call(position)
        case ")":
            trace.end_call()
        case ",":
            trace.comma()
        case "|":
            trace.bar(position)
    return position + 1


def _quoted(trace: Trace, text: str, position: int) -> int:
    """A quoted text, a macro or a comment. An apostrophe in a word or a search is a letter."""
    mark = text[position]
    if text.startswith("```", position):
        end = text.find("```", position + 3)
        trace.comment = end < 0
        trace.blank(position, len(text) if end < 0 else end + 3)
        return len(text) if end < 0 else end + 3
    if mark == "`":
        end = text.find("`", position + 1) + 1
    else:
        if mark == "'" and (named(trace.head(), trace.pipe)[0] == "search" or re.match(r"\w", text[position - 1 : position])):
            return position + 1
        found = (_DOUBLE if mark == '"' else _SINGLE).match(text, position)
        end = found.end() if found else 0
    if not end:
        trace.left_open(mark, position)
        return len(text)
    trace.hide(position + 1, end - 1)
    return end


def named(stage: str, pipe: Pipe) -> tuple[str, int]:
    """The command of a stage in lower case and where its arguments begin in it; an empty name while it is being written."""
    if pipe.number == 1 and not pipe.branch:
        found = _SEARCH.match(stage)
        return "search", found.end() if found else 0
    found = _STAGE.match(stage)
    return (found[1].lower(), found.end()) if found else ("", 0)


def command_at(place: Place) -> tuple[str, int]:
    """The command at the cursor and the place in the text where its arguments begin."""
    name, start = named(place.stage, place.pipe)
    return name, place.pipe.stage + start


def command_of(name: str) -> Command | None:
    """The command of a spelling."""
    return spellings(DIALECT).get(name)


def grammar_of(name: str) -> Grammar:
    """What a command takes; nothing of one that there is none of."""
    command = command_of(name)
    return grammar(command.synopsis, command.options) if command else _NOTHING
