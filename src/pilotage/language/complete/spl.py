"""What may stand at the cursor of an SPL query: commands, options and their values, functions, fields, and what people have named."""

from __future__ import annotations

import re

from pilotage.language.commands import spellings
from pilotage.language.complete.place import Place
from pilotage.language.complete.spl_place import DIALECT, command_at, command_of, grammar_of, read
from pilotage.language.complete.spot import LOGIC, NEAR, Spot, in_number, keywords, named_fields, option_values, options
from pilotage.language.complete.words import Completion, Flow, Suggestion, Words, chosen
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.syntax.arguments import CONDITION, word_text
from pilotage.language.syntax.scanner import quote

_IN_EXPRESSION = (*LOGIC, "IN", "LIKE", "XOR")
_COMPARED = re.compile(r"(?<![\w.:{}@-])([A-Za-z_][\w.:{}@-]*)\s*(?:!=|<=|>=|==|=|<|>)\s*$")
_LISTED = re.compile(r"(?<![\w.:{}@-])([A-Za-z_][\w.:{}@-]*)\s+in\s*\([^()]*$", re.IGNORECASE)
_CLAUSE = re.compile(r"(?<![\w.])(by|over|as|where|output|outputnew|in|with)(?=[\s(,])", re.IGNORECASE)
_NAMING = re.compile(r"(?<![\w.])as\s+$", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w.:{}@-])[A-Za-z_@{}][\w.:{}@-]*$")
_NARROW = re.compile(r"(?<![\w.])[A-Za-z_][\w.]*$")
_VALUE = re.compile(r"(?<![^\s,|()\[\]=<>!\"'`])[^\s,|()\[\]=<>!\"'`]*$")
_ASSIGNED = re.compile(r"(?:^|,)[^,=]*=(?:[^=]|$)")
_PLAIN = re.compile(r"[A-Za-z_]\w*")
_SEARCHES = frozenset({"search", "metasearch"})
_TIMES = frozenset({"earliest", "latest"})
_OWN_CONDITIONS = frozenset({"tstats", "mstats", "mcatalog", "mpreview", "foreach"})
"""Commands whose conditions are search clauses, or are part of a template."""


def complete(text: str, words: Words, flow: Flow) -> Completion:
    """The words that fit at the end of `text`; `flow` is what the stages before leave."""
    place = read(text)
    if place.comment:
        return Completion(len(text))
    name, start = command_at(place)
    command = command_of(name)
    spot = Spot(place, words, flow, command.name if command else name, grammar_of(name), start)
    if place.quote is not None:
        return _quoted(spot, *place.quote)
    return _argument(spot) if name else _commands(place)


def _commands(place: Place) -> Completion:
    """Commands over rows; behind a `|` that begins a search, those that make their own."""
    typed = re.search(r"(?<!\w)\w*$", place.text)
    start = typed.start() if typed else len(place.text)
    sources = place.pipe.number == 2 and not place.text[place.pipe.start : place.pipe.stage].strip(" \t\r\n|")
    found = [
        Suggestion(name, "command", f"{name} ", help=each.summary, detail="" if name == each.name else each.name)
        for name, each in sorted(spellings(DIALECT).items())
        if (each.generate if sources else each.parse) is not None
    ]
    return chosen(start, place.text[start:], found)


def _quoted(spot: Spot, mark: str, start: int) -> Completion:
    """Inside a quote: a macro, a field of an expression, or a value of the field before it."""
    typed = spot.place.text[start + 1 :]
    if mark == "`":
        return chosen(start + 1, typed, [] if "(" in typed else _macros(spot.words, "", "`"))
    if mark == "'":
        found = [Suggestion(name, "field", f"{name}'", detail, where) for name, detail, where in named_fields(spot.words, spot.flow)]
        return chosen(start + 1, typed, found)
    compared = _before(spot, start)
    return _values(spot, compared, start + 1, '"') if compared else Completion(len(spot.place.text))


def _before(spot: Spot, position: int) -> str | None:
    """The name that something is compared with at a position."""
    near = max(spot.place.pipe.stage, position - NEAR)
    found = _COMPARED.search(spot.place.masked, near, position) or _LISTED.search(spot.place.masked, near, position)
    return found[1] if found else None


def _argument(spot: Spot) -> Completion:
    text, expression = spot.place.text, _in_expression(spot)
    value = _VALUE.search(text, spot.near)
    position = value.start() if value else len(text)
    compared = None if expression else _before(spot, position)
    if compared is not None:
        option = spot.known.option(compared) if spot.name not in _SEARCHES or compared in _TIMES else None
        if option is None:
            return _values(spot, compared, position)
        return chosen(position, text[position:], option_values(option, spot.words, _fields(spot), aggregates()))
    word = (_NARROW if expression else _WORD).search(text, spot.near)
    position = word.start() if word else len(text)
    before = spot.place.masked[spot.start : position]
    if _NAMING.search(before[-NEAR:]) or in_number(text, position):
        return Completion(len(text))
    if expression:
        return chosen(position, text[position:], [*_operands(spot), *evals(), *keywords(_IN_EXPRESSION)])
    return chosen(position, text[position:], _clause(spot) if spot.name in _SEARCHES else _words(spot, before))


def _in_expression(spot: Spot) -> bool:
    """Whether an eval expression stands at the cursor, rather than a list of fields or options."""
    calls = [call.name for call in spot.place.calls]
    if "eval" in calls:
        return True
    if spot.name in _OWN_CONDITIONS or not spot.known.takes("expression", "condition"):
        return any(each.name in calls for each in spot.known.options if each.type == CONDITION)
    if spot.known.takes("condition"):
        return spot.name != "head" or bool(calls)
    return _ASSIGNED.search(spot.place.masked[spot.start :]) is not None


def _values(spot: Spot, field: str, position: int, closing: str = "") -> Completion:
    """What a field of a search may be; the values of stored fields are for the asker to look up."""
    typed, name, knowledge = spot.place.text[position:], field.lower(), spot.words.knowledge
    listed = {"index": spot.words.indexes, "eventtype": knowledge.eventtype_names(), "tag": knowledge.tag_names()}
    known = listed.get("tag" if name.startswith("tag::") else name)
    if known is None:
        return Completion(position, values_of=field)
    kind = name.partition("::")[0]
    return chosen(position, typed, [Suggestion(each, kind, f"{each}{closing}" if closing else word_text(each)) for each in known])


def _clause(spot: Spot) -> list[Suggestion]:
    """A search clause: fields with `=`, connectives, macros; sources while nothing is written yet."""
    fields = [Suggestion(each.label, each.kind, f"{each.insert}=", each.detail, each.help) for each in _fields(spot)]
    found = [*fields, *keywords((*LOGIC, "IN")), *_macros(spot.words, "`", "`")]
    if spot.place.pipe.number == 1:
        times = (option for option in grammar_of("search").options if option.name in _TIMES)
        found += [Suggestion(option.name, "option", f"{option.name}=", option.type) for option in times]
    if spot.place.pipe.number == 1 and not spot.place.stage.strip():
        sources = sorted(spellings(DIALECT).items())
        found += [Suggestion(f"| {name}", "command", f"| {name} ", help=each.summary) for name, each in sources if each.parse is None]
    return found


def _words(spot: Spot, before: str) -> list[Suggestion]:
    """The arguments of any other command, as its synopsis says."""
    fields, known, words = _fields(spot), spot.known, keywords(spot.known.keywords)
    if spot.place.calls:
        return [*fields, *([Suggestion("eval", "function", "eval(", "condition")] if known.takes("aggregate") else [])]
    clause = _CLAUSE.findall(before)
    last = clause[-1].lower() if clause else ""
    if last in ("by", "over"):
        return [*fields, *words, *options(known)]
    if spot.name == "lookup" and (columns := spot.words.columns_of((before.split(maxsplit=1) or [""])[0])):
        return [*(Suggestion(each, "field", word_text(each), "column") for each in columns), *words, *fields]
    if spot.name == "inputlookup" and last == "where":
        return _clause(spot)
    found: list[Suggestion] = []
    if known.takes("lookup"):
        found += [Suggestion(each, "lookup", f"{word_text(each)} ", ", ".join(columns)) for each, columns in spot.words.lookups]
    if known.takes("aggregate"):
        found += aggregates()
    elif known.takes("field", "dimension", "column"):
        found += fields
    # Behind a call that is complete, the words that go on with it come first.
    return [*words, *found, *options(known)] if before.rstrip().endswith(")") else [*found, *words, *options(known)]


def evals() -> list[Suggestion]:
    """The functions of expressions."""
    known = ((name, each) for name, each in sorted(EVAL.items()) if "." not in name)
    return [Suggestion(name, "function", f"{name}(", each.examples[0][0] if each.examples else "", each.help) for name, each in known]


def aggregates() -> tuple[Suggestion, ...]:
    """The functions of `stats`."""
    known = ((name, each) for name, each in sorted(AGGREGATES.items()) if "." not in name)
    return tuple(
        Suggestion(name, "aggregate", f"{name}(" if each.needs_argument else name, each.examples[0][0] if each.examples else "", each.help)
        for name, each in known
    )


def _fields(spot: Spot) -> list[Suggestion]:
    """Columns that stages made, then the stored fields, written as in a list."""
    return [Suggestion(name, "field", word_text(name), *rest) for name, *rest in named_fields(spot.words, spot.flow)]


def _operands(spot: Spot) -> list[Suggestion]:
    """The same, written as in an expression."""
    return [
        Suggestion(name, "field", name if _PLAIN.fullmatch(name) else quote(name, "'"), *rest)
        for name, *rest in named_fields(spot.words, spot.flow)
    ]


def _macros(words: Words, opening: str, closing: str) -> list[Suggestion]:
    found: list[Suggestion] = []
    for shown in words.knowledge.macros():
        macro = words.knowledge.defined[shown]
        call = shown.partition("(")[0] + (f"({', '.join(macro.arguments)})" if macro.arguments else "")
        found.append(
            Suggestion(f"{opening}{call}{closing if opening else ''}", "macro", f"{opening}{call}{closing}", "", macro.definition[:200])
        )
    return found
