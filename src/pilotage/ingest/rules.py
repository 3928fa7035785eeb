"""Rules around a decode: the SQL that `engine` compiled from the configured rules, placed between what is decoded and what is stored.

Redaction and extraction are part of the INSERT itself, so nothing but the spool ever holds what they hide, whichever protocol the
data came by and however often a segment is loaded again.

Counting what a rule matched inside the INSERT is not possible without storing it, so now and then (`SURVEY_SECONDS`) a segment is
decoded once more for the counts alone, before it is deleted, and its shares stand for all rows loaded since the last one: exact at a
trickle of one segment a survey, an estimate under load, for a few per cent of the loading's CPU.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol as Interface

from pilotage.ingest.request import Decode
from pilotage.model.problem import PilotageError
from pilotage.model.rules import RuleCount

log = logging.getLogger(__name__)

SURVEY_SECONDS = 15.0
WITHHELD = "withheld: the rules could not be applied to it"


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What goes around a decode of one table, whose columns are called `c_<name>` from the first level on.

    `levels` are lists of named expressions, each over the levels before; `columns` the SQL of each column after the last one; `kept`
    the condition of rows that are stored, '' for all; `marks` by rule the condition that it applies to a row.
    """

    levels: tuple[tuple[str, ...], ...]
    columns: Mapping[str, str]
    kept: str
    marks: Mapping[str, str]


class Compiled(Interface):
    """What `engine` made of the rules."""

    @property
    def kinds(self) -> Mapping[str, str]:
        """The names of the rules, in order, with what each does."""
        ...

    def wrapping(self, table: str, columns: Collection[str]) -> Wrapping | None:
        """What goes around a decode with these columns; None when no rule concerns it."""
        ...

    def scrubbed(self, texts: Sequence[bytes]) -> list[bytes]:
        """Texts of unknown origin with everything hidden that any rule hides."""
        ...


def around(decode: Decode, wrapping: Wrapping) -> Decode:
    """The decode with its rules."""
    source = surveyed(decode, wrapping)
    if wrapping.kept:
        # Not by WHERE: planning, the engine carries a filter down through the levels, and with those of Sumo's source never ends.
        source = f"(SELECT * FROM {source} ARRAY JOIN if({wrapping.kept}, [1], []) AS w_kept)"
    return replace(decode, columns=wrapping.columns, source=source)


def surveyed(decode: Decode, wrapping: Wrapping) -> str:
    """FROM clause with every row of the decode, before any is dropped."""
    values = ", ".join(f"{sql} AS `c_{name}`" for name, sql in decode.columns.items())
    source = f"(SELECT {values} FROM {decode.source})"
    for level in wrapping.levels:
        source = f"(SELECT *, {', '.join(level)} FROM {source})"
    return source


@dataclass(slots=True)
class _Tally:
    seen: float = 0.0
    matched: float = 0.0


@dataclass(slots=True)
class _Survey:
    """A stream's last survey and the items loaded since."""

    at: float = 0.0
    items: int = 0


@dataclass(slots=True)
class Rules:
    """The configured rules at work. `rows` runs a small statement and gives its rows. Thread-safe."""

    compiled: Compiled
    rows: Callable[[str], Sequence[tuple[object, ...]]]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _tallies: dict[str, _Tally] = field(default_factory=dict)
    _surveys: dict[str, _Survey] = field(default_factory=dict)

    def streams(self, streams: Mapping[str, tuple[Decode, ...]]) -> dict[str, tuple[Decode, ...]]:
        """Every stream's decodes with their rules around them."""
        return {name: tuple(self._wrapped(decode) for decode in decodes) for name, decodes in streams.items()}

    def _wrapped(self, decode: Decode) -> Decode:
        wrapping = self.compiled.wrapping(decode.table, decode.columns)
        return decode if wrapping is None else around(decode, wrapping)

    def scrubbed(self, texts: Sequence[bytes]) -> list[bytes]:
        """Texts that no decode understood, or that quote data; what cannot be treated is withheld."""
        try:
            return self.compiled.scrubbed(texts)
        except PilotageError as error:
            log.warning("a text was withheld", extra={"code": error.problem.code})
            return [WITHHELD.encode()] * len(texts)

    def scrubbed_text(self, text: str) -> str:
        """The same for a message."""
        return self.scrubbed([text.encode("utf-8", "replace")])[0].decode("utf-8", "replace")

    def due(self, stream: str, items: int) -> int:
        """Whether a segment of `items` should be surveyed: for how many items it then stands, 0 for not now."""
        with self._lock:
            survey = self._surveys.setdefault(stream, _Survey())
            survey.items += items
            if time.monotonic() - survey.at < SURVEY_SECONDS and survey.at:
                return 0
            standing, survey.items, survey.at = survey.items, 0, time.monotonic()
            return standing

    def survey(self, decode: Decode, read: Callable[[str], str], weight: float) -> None:
        """Count what each rule does to the rows of an unwrapped decode; `read` makes the statement of a SELECT list and FROM clause.

        `weight` is for how many rows each of them stands.
        """
        wrapping = self.compiled.wrapping(decode.table, decode.columns)
        if wrapping is None or not wrapping.marks:
            return
        counts = ", ".join(f"countIf({sql})" for sql in wrapping.marks.values())
        ((total, *found),) = self.rows(read(f"SELECT count(), {counts} FROM {surveyed(decode, wrapping)}"))
        with self._lock:
            for name, matched in zip(wrapping.marks, found, strict=True):
                tally = self._tallies.setdefault(name, _Tally())
                tally.seen += int(str(total)) * weight
                tally.matched += int(str(matched)) * weight

    def counts(self) -> list[RuleCount]:
        """Every rule with its counts so far."""
        with self._lock:
            return [RuleCount(n, k, round(t.seen), round(t.matched)) for n, k in self.compiled.kinds.items() for t in [self._tally(n)]]

    def _tally(self, name: str) -> _Tally:
        return self._tallies.get(name) or _Tally()
