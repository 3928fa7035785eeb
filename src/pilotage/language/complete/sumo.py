"""What may stand at the cursor of a Sumo query: operators, aggregates, functions, fields, metadata and their values."""

from __future__ import annotations

import re

from pilotage.language.complete.spot import LOGIC, NEAR, Spot, in_number, keywords, named_fields, option_values, options
from pilotage.language.complete.sumo_place import grammar_of, named, read
from pilotage.language.complete.words import Completion, FieldWord, Flow, Suggestion, Words, chosen
from pilotage.language.functions import AGGREGATES, SUMO
from pilotage.language.operators import spellings
from pilotage.language.syntax import sumo_aggregates
from pilotage.language.syntax.names import METADATA

_COMPARED = re.compile(r"(?<![\w.@%-])([A-Za-z_][\w.@%-]*)\s*(?:!=|<>|<=|>=|==|=|<|>)\s*$")
_WORD = re.compile(r'(?<![\w.@$])(?:%"?)?[A-Za-z_][\w.@$]*$')
_VALUE = re.compile(r"(?<![^\s()\"|=<>!])[^\s()\"|=<>!]*$")
_NAMING = re.compile(r"(?<![\w.])as\s+$", re.IGNORECASE)
_CLAUSE = re.compile(r"(?<![\w.])(by|as|in|from|on|with|for|row|column)(?=[\s(,])", re.IGNORECASE)
_PLAIN = re.compile(r"(?:[^\W\d]|[@$])[\w@$]*(?:\.[\w@$]+)*")
_SHOWN = ("_index", "_sourceCategory", "_sourceName", "_sourceHost", "_view", "_source")
"""Metadata as people write it."""
_IN_EXPRESSION = ("and", "or", "not", "in", "matches", "like", "null", "true", "false")


def complete(text: str, words: Words, flow: Flow) -> Completion:
    """The words that fit at the end of `text`; `flow` is what the stages before leave."""
    place = read(text)
    if place.comment:
        return Completion(len(text))
    name, end = named(place.stage, place.pipe)
    spot = Spot(place, words, flow, name, grammar_of(name), place.pipe.stage + end)
    if place.quote is not None:
        return _quoted(spot, *place.quote)
    if place.pipe.number == 1 and not place.pipe.branch:
        return _scope(spot)
    return _stage(spot) if name else _beginning(spot)


def _quoted(spot: Spot, mark: str, start: int) -> Completion:
    """Inside a quote: a field in `%"…"`, or a value of the field before it."""
    typed = spot.place.text[start + 1 :]
    if mark == '%"':
        known = named_fields(spot.words, spot.flow)
        return chosen(start + 1, typed, [Suggestion(name, "field", f'{name}"', *rest) for name, *rest in known])
    before = _COMPARED.search(spot.place.masked, max(spot.place.pipe.stage, start - NEAR), start)
    return _values(spot, before[1], start + 1, '"') if before else Completion(len(spot.place.text))


def _scope(spot: Spot) -> Completion:
    """Metadata and fields with `=`, connectives."""
    text = spot.place.text
    value = _VALUE.search(text, spot.near)
    position = value.start() if value else len(text)
    if compared := _COMPARED.search(spot.place.masked, spot.near, position):
        return _values(spot, compared[1], position)
    found = [Suggestion(name, "field", f"{name}=", METADATA[name.lower()]) for name in _SHOWN]
    found += [Suggestion(each.name, "field", f"{each.name}=", ", ".join(each.types)) for each in _plain(spot.words)]
    return chosen(position, text[position:], [*found, *keywords(LOGIC)])


def _plain(words: Words) -> list[FieldWord]:
    return [each for each in words.fields if _PLAIN.fullmatch(each.name)]


def _values(spot: Spot, field: str, position: int, closing: str = "") -> Completion:
    name = METADATA.get(field.lower(), field)
    if name == "index":
        known = [Suggestion(each, "index", f"{each}{closing}") for each in spot.words.indexes]
        return chosen(position, spot.place.text[position:], known)
    return Completion(position, values_of=name)


def _beginning(spot: Spot) -> Completion:
    """The first word of a stage: an operator, an aggregate, or what a bare expression begins with."""
    typed = re.search(r"(?<!\w)\w*$", spot.place.text)
    start = typed.start() if typed else len(spot.place.text)
    found = [
        Suggestion(name, "command", f"{name} ", "" if name == each.name else each.name, each.summary)
        for name, each in sorted(spellings().items())
    ]
    return chosen(start, spot.place.text[start:], [*found, *_aggregates(), *_functions(), *_fields(spot)])


def _stage(spot: Spot) -> Completion:
    text, stage = spot.place.text, max(spot.place.pipe.stage, len(spot.place.text) - NEAR)
    # A bare expression has its first word where other stages have their name.
    word = _WORD.search(text, max(spot.start, stage)) or (None if spot.known.places else _WORD.search(text, stage))
    position = word.start() if word else len(text)
    before = spot.place.masked[spot.place.pipe.stage : position]
    compared = _COMPARED.search(before[-NEAR:])
    option = spot.known.option(compared[1]) if compared else None
    if option is not None:
        return chosen(position, text[position:], option_values(option, spot.words, _fields(spot)))
    if _NAMING.search(before[-NEAR:]) or in_number(text, position):
        return Completion(len(text))
    return chosen(position, text[position:], _words(spot, before))


def _words(spot: Spot, before: str) -> list[Suggestion]:
    """The arguments of an operator, of aggregates, or of a bare expression."""
    fields, known, words = _fields(spot), spot.known, keywords(spot.known.keywords)
    clause = _CLAUSE.findall(before)
    last = clause[-1].lower() if clause else ""
    if spot.name in sumo_aggregates.AGGREGATES:
        if last == "by":
            return [*fields, *_functions(), *words]
        return [*fields, *_functions()] if spot.place.calls else [*words, *_aggregates(), *fields]
    if spot.known.places == frozenset() or known.takes("condition", "expression"):
        ending = [] if known.places else keywords(("as",))
        return [*fields, *_functions(), *ending, *keywords(_IN_EXPRESSION)]
    if last == "from" and known.takes("table"):
        return [Suggestion(each, "lookup", f"{each} ", ", ".join(columns)) for each, columns in spot.words.lookups]
    taken = fields if known.takes("field", "column", "key") else []
    if before.rstrip()[-1:] in (")", '"'):
        return [*words, *taken, *options(known)]
    return [*taken, *words, *options(known), *(_aggregates() if known.takes("aggregate") else [])]


def _aggregates() -> list[Suggestion]:
    found: list[Suggestion] = []
    for name, (ours, result) in sumo_aggregates.AGGREGATES.items():
        each = AGGREGATES[ours]
        found.append(Suggestion(name, "aggregate", f"{name}(" if each.needs_argument else name, f"makes {result}", each.help))
    return found


def _functions() -> list[Suggestion]:
    return [Suggestion(name, "function", f"{name}(", "", each.help) for name, each in sorted(SUMO.items())]


def _fields(spot: Spot) -> list[Suggestion]:
    """Columns that stages made and stored fields; metadata too while the rows are messages."""
    found = [
        Suggestion(name, "field", name if _PLAIN.fullmatch(name) else f'%"{name}"', *rest)
        for name, *rest in named_fields(spot.words, spot.flow)
    ]
    return [*found, *(Suggestion(name, "field", name, METADATA[name.lower()]) for name in _SHOWN if spot.flow.open)]
