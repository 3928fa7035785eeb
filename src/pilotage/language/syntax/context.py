"""What parsing needs to know beside the text: the clock, the request's time range and the functions there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from pilotage.language.catalogue import Knowledge, KnownObjects
from pilotage.language.plan.nodes import Node, TimeRange
from pilotage.model.names import LOGS_INDEX


class Signature(Protocol):
    """A function's canonical name and how many arguments it takes."""

    @property
    def name(self) -> str:
        """The name that aliases stand for."""
        ...

    @property
    def minimum(self) -> int:
        """The fewest arguments."""
        ...

    @property
    def maximum(self) -> int | None:
        """The most arguments; `None` = any number."""
        ...

    @property
    def examples(self) -> tuple[tuple[str, str], ...]:
        """Calls and what they give."""
        ...


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The functions by name (lower case): those of `eval`, and the aggregates."""

    evals: Mapping[str, Signature]
    aggregates: Mapping[str, Signature]


class Pipelines(Protocol):
    """How a dialect reads a pipe inside brackets: `text` between `start` and `end`, without the brackets."""

    def search(self, text: str, start: int, end: int, context: Context) -> Node:
        """A search of its own."""
        ...

    def branch(self, text: str, start: int, end: int, context: Context, rows: Node) -> Node:
        """Commands over `rows`, or a pipe that begins with a source of its own."""
        ...

    def expanded(self, text: str, context: Context) -> str:
        """A text with its macros replaced."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """`now` is the search's start in epoch nanoseconds; `time` the range of the request, used where the query names none."""

    now: int
    vocabulary: Vocabulary
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    time: TimeRange = field(default_factory=TimeRange)
    default_indexes: tuple[str, ...] = (LOGS_INDEX,)
    pipelines: Pipelines | None = None
    knowledge: Knowledge = field(default_factory=KnownObjects)
    id: str = ""
    """The search's id, where it has one already."""
