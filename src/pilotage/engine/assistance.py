"""Answers what an editor asks while somebody types: it knows the store's fields, what people have named, and what a stage leaves."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from fnmatch import fnmatchcase

from pilotage.engine.lint import Finding, lint
from pilotage.engine.lookups import Library
from pilotage.engine.reading import Surroundings, read_query
from pilotage.engine.vocabulary import field_words
from pilotage.language.catalogue import KnownObjects
from pilotage.language.complete import hover, spl, spl_place, sumo, sumo_place
from pilotage.language.complete.card import Card, Signature
from pilotage.language.complete.place import Place
from pilotage.language.complete.words import MOST, Completion, Flow, Words
from pilotage.language.dialects import LANGUAGES
from pilotage.model.problem import PilotageError, fail
from pilotage.model.time import read_zone
from pilotage.store.open import Store

LONGEST = 20_000
"""Letters of a query in which an editor helps; a longer one is still checked."""
FRESH_SECONDS = 5.0
MOST_FLOWS = 64
MOST_FIELDS = 2 * MOST
LONGEST_WORD = 200
_TYPED = re.compile(r"[\w.]*\Z")
_INDEXES = re.compile(r"(?<![\w.])_?index\s*=\s*\"?([\w*.:-]{1,200})", re.IGNORECASE)
_EVERY = ("*", "_*")


class Assistant:
    """Safe to use from many threads. Names of the store are at most `FRESH_SECONDS` old."""

    def __init__(self, store: Store, knowledge: Callable[[], KnownObjects], library: Library) -> None:
        self._store = store
        self._knowledge = knowledge
        self._library = library
        self._lock = threading.Lock()
        self._held: tuple[float, Words] | None = None
        self._flows: OrderedDict[tuple[str, str], Flow] = OrderedDict()

    def complete(self, text: str, position: int, language: str) -> Completion:
        """The words that fit at a position; none in a query that is too long. Raises code `language-unknown`."""
        before = text[: max(0, position)]
        if not _helps(before, language):
            return Completion(len(before))
        words = _fitting(_near(self._words(), text), before)
        if language == "spl":
            return spl.complete(before, words, self._flow(spl_place.read(before), language))
        return sumo.complete(before, words, self._flow(sumo_place.read(before), language))

    def hover(self, text: str, position: int, language: str) -> Card | None:
        """Help on the word at a position."""
        return hover.hover(text, position, language, self._words()) if _helps(text, language) else None

    def signature(self, text: str, position: int, language: str) -> Signature | None:
        """How the call or command at a position goes on."""
        before = text[: max(0, position)]
        return hover.signature(before, language) if _helps(before, language) else None

    def lint(self, query: str, language: str, zone: str = "UTC") -> tuple[Finding, ...]:
        """What there is to say about a query before it runs."""
        _known(language)
        read_zone(zone)
        return lint(query, language, zone, self._around())

    def _around(self) -> Surroundings:
        return Surroundings(self._store.catalogue, self._knowledge(), self._library)

    def _words(self) -> Words:
        with self._lock:
            held = self._held
            if held is None or time.monotonic() - held[0] > FRESH_SECONDS:
                lookups = ((name, self._library.lookup(name)) for name in self._library.lookup_names())
                words = Words(
                    field_words(self._store, _EVERY),
                    self._store.catalogue.indexes(),
                    self._knowledge(),
                    tuple((name, each.columns) for name, each in lookups if each is not None),
                )
                held = self._held = (time.monotonic(), words)
                self._flows.clear()
            return held[1]

    def _flow(self, place: Place, language: str) -> Flow:
        """What the stages before the cursor's leave, if they can be planned; else the stored fields."""
        text = _before(place)
        if not text:
            return Flow()
        with self._lock:
            if (language, text) in self._flows:
                self._flows.move_to_end((language, text))
                return self._flows[language, text]
        try:
            relation = read_query(text, language, "UTC", self._around()).relation
            stored = {each.name for each in self._words().fields} if relation.open else set()
            names = [name for name in relation.names() if name not in stored and not name.endswith("…")]
            flow = Flow(tuple(dict.fromkeys(names)), relation.open)
        except PilotageError:
            flow = Flow()
        with self._lock:
            self._flows[language, text] = flow
            if len(self._flows) > MOST_FLOWS:
                self._flows.popitem(last=False)
        return flow


def _before(place: Place) -> str:
    """The stages that the cursor's stage works on, as a query; nothing where it stands first."""
    parts: list[str] = []
    for pipe in reversed(place.pipes):
        if pipe.number > 1:
            parts.insert(0, place.text[pipe.start : pipe.stage - 1])
        if not pipe.branch:
            break
    text = " | ".join(part for part in parts if part.strip())
    return text if text.strip(" |\t\r\n") else ""


def _near(words: Words, text: str) -> Words:
    """The words with the fields of the indexes that the query names, or of all but internal ones."""
    patterns = tuple(found.strip('"') for found in _INDEXES.findall(text)) or ("*",)

    def fits(index: str) -> bool:
        return any(fnmatchcase(index, each) and (each.startswith("_") or not index.startswith("_")) for each in patterns)

    wanted = frozenset(index for index in words.indexes if fits(index))
    if not wanted:
        return words
    fields = tuple(each for each in words.fields if each.place == "fixed" or not wanted.isdisjoint(each.indexes))
    return Words(fields, words.indexes, words.knowledge, words.lookups)


def _fitting(words: Words, before: str) -> Words:
    """The words with the fields that hold what is typed, those that begin with it first; a store may have thousands."""
    found = _TYPED.search(before, max(0, len(before) - LONGEST_WORD))
    typed = found[0].lower() if found else ""
    names = [(each.name.lower(), each) for each in words.fields]
    begin = [each for name, each in names if name.startswith(typed)]
    inside = [each for name, each in names if typed in name and not name.startswith(typed)]
    return Words((*begin, *inside)[:MOST_FIELDS], words.indexes, words.knowledge, words.lookups)


def _helps(text: str, language: str) -> bool:
    _known(language)
    return len(text) <= LONGEST


def _known(language: str) -> None:
    if language not in LANGUAGES:
        raise fail("language-unknown", f"no language `{language}`", hint=f"known: {', '.join(LANGUAGES)}")
