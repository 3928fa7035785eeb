"""The word under a pointer, and the call around the cursor, explained: by the files of commands and functions, or by what is stored."""

from __future__ import annotations

import re

from pilotage.language.commands import spellings
from pilotage.language.complete import card, spl_place, sumo_place
from pilotage.language.complete.card import Card, Signature
from pilotage.language.complete.place import Place
from pilotage.language.complete.words import Words
from pilotage.language.functions import AGGREGATES, EVAL, SUMO
from pilotage.language.operators import spellings as operator_spellings
from pilotage.language.sql.signature import AggregateFunction, Function
from pilotage.language.syntax import sumo_aggregates
from pilotage.language.syntax.names import METADATA

LONGEST = 300
"""Letters of a word on each side of the pointer."""
_BEFORE = re.compile(r"(?<![\w.@])[\w.@]+$")
_AFTER = re.compile(r"[\w.@]*")
_CALLED = re.compile(r"\s*\(")
_ASSIGNED = re.compile(r"\s*=(?!=)")
_MACRO = re.compile(r"([^\s`(),]+)\s*(?:\((.*)\))?", re.DOTALL)


def hover(text: str, position: int, language: str, words: Words) -> Card | None:
    """Help on the word at a position, or `None` where nothing is known."""
    position = max(0, min(position, len(text)))
    before = _BEFORE.search(text, max(0, position - LONGEST), position)
    after = _AFTER.match(text, position, position + LONGEST)
    span = (before.start() if before else position, after.end() if after else position)
    reader = spl_place if language == "spl" else sumo_place
    place = reader.read(text[: span[0]])
    if place.comment:
        return None
    if place.quote is not None:
        return _quoted(text, place.quote, span, words)
    if span[0] == span[1]:
        return None
    found = _spl(text, place, span) if language == "spl" else _sumo(text, place, span)
    return found or _named(text, place, span, words, language)


def _quoted(text: str, opened: tuple[str, int], span: tuple[int, int], words: Words) -> Card | None:
    """A macro between backticks, a field between single quotes."""
    mark, start = opened
    if mark == "`":
        end = text.find("`", start + 1)
        end = len(text) if end < 0 else end
        called = _MACRO.fullmatch(text, start + 1, end)
        if called is None:
            return None
        count = 0 if called[2] is None or not called[2].strip() else called[2].count(",") + 1
        return card.of_macro((start, min(end + 1, len(text))), called[1], count, words)
    if mark not in ("'", '%"'):
        return None
    end = text.find(mark[-1], start + 1)
    field = words.field(text[start + 1 : end]) if end > 0 else None
    return None if field is None else card.of_field((start, max(end + 1, span[1])), field)


def _spl(text: str, place: Place, span: tuple[int, int]) -> Card | None:
    word = text[span[0] : span[1]].lower()
    name, start = spl_place.command_at(place)
    command = spellings(spl_place.DIALECT).get(word)
    if not name or (name == "search" and word == "search" and not place.masked[start : span[0]].strip()):
        return None if command is None else card.of_command(span, command, "commands")
    known = spl_place.grammar_of(name)
    option = known.option(word) if _ASSIGNED.match(text, span[1]) else None
    if option is not None and (name != "search" or word in ("earliest", "latest")):
        return card.of_option(span, option, name)
    function = _function(word, name, place, called=_CALLED.match(text, span[1]) is not None)
    return None if function is None else card.of_function(span, word, function)


def _function(word: str, name: str, place: Place, *, called: bool) -> Function | AggregateFunction | None:
    """The function a word of SPL calls: an aggregate where the command takes them, outside of its own parentheses."""
    if "." in word:
        return None
    if spl_place.grammar_of(name).takes("aggregate") and not place.calls:
        aggregate = AGGREGATES.get(word)
        if aggregate is not None and (called or not aggregate.needs_argument):
            return aggregate
    return EVAL.get(word) if called else None


def _sumo(text: str, place: Place, span: tuple[int, int]) -> Card | None:
    word = text[span[0] : span[1]].lower()
    if place.pipe.number == 1 and not place.pipe.branch:
        return None
    name = sumo_place.named(place.stage, place.pipe)[0]
    called = _CALLED.match(text, span[1]) is not None
    aggregates = card.known_aggregates(sumo_aggregates.AGGREGATES)
    if word in aggregates and (not name or name in aggregates or called):
        return card.of_function(span, word, aggregates[word])
    operator = operator_spellings().get(word)
    if not name and operator is not None and not (called and word in SUMO):
        return card.of_command(span, operator, "operators")
    option = sumo_place.grammar_of(name).option(word) if _ASSIGNED.match(text, span[1]) else None
    if option is not None:
        return card.of_option(span, option, name)
    return card.of_function(span, word, SUMO[word]) if called and word in SUMO else None


def _named(text: str, place: Place, span: tuple[int, int], words: Words, language: str) -> Card | None:
    """A lookup behind its command, else a field."""
    word = text[span[0] : span[1]]
    reader = spl_place if language == "spl" else sumo_place
    name = reader.named(place.stage, place.pipe)[0]
    if reader.grammar_of(name).takes("lookup", "table") and (found := card.of_lookup(span, word, words)):
        return found
    ours = METADATA.get(word.lower(), word) if language == "sumo" else word
    field = words.field(ours)
    return None if field is None else card.of_field(span, field)


def signature(text: str, language: str) -> Signature | None:
    """The call that is open at the end of a text, else the command whose arguments are written there."""
    if language == "spl":
        return _spl_signature(spl_place.read(text))
    return _sumo_signature(sumo_place.read(text))


def _spl_signature(place: Place) -> Signature | None:
    name, _ = spl_place.command_at(place)
    if place.comment or not name:
        return None
    for depth, call in reversed(tuple(enumerate(place.calls))):
        aggregate = AGGREGATES.get(call.name) if spl_place.grammar_of(name).takes("aggregate") and not depth else None
        known = aggregate or EVAL.get(call.name)
        if known is not None and "." not in call.name:
            return card.of_call(call.name, call.commas, known)
    command = spl_place.command_of(name)
    return None if command is None else Signature(command.synopsis, command.summary, command.name)


def _sumo_signature(place: Place) -> Signature | None:
    if place.comment:
        return None
    name = sumo_place.named(place.stage, place.pipe)[0]
    aggregates = card.known_aggregates(sumo_aggregates.AGGREGATES)
    for call in reversed(place.calls):
        known = aggregates.get(call.name) or SUMO.get(call.name)
        if known is not None:
            return card.of_call(call.name, call.commas, known)
    if name in aggregates:
        return Signature(sumo_place.AGGREGATE_SYNOPSIS, aggregates[name].help, name)
    operator = sumo_place.operator_of(name)
    return None if operator is None else Signature(operator.synopsis, operator.summary, operator.name)
