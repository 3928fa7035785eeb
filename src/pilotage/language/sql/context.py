"""What lowering a plan needs from outside: the catalogue, the clock, the function tables, facts of the data; and what it notes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pilotage.language.catalogue import Catalogue
from pilotage.language.plan.expressions import NOWHERE
from pilotage.language.plan.nodes import Node
from pilotage.language.sql.signature import AggregateFunction, Function
from pilotage.model.fields import Kind
from pilotage.model.knowledge import Lookup
from pilotage.model.place import Place
from pilotage.model.problem import Problem, Span

STAGE_DATABASE = "stage"
EVENT_DATABASE = "pilotage"
ORDINAL = "ordinal"
MOST_MESSAGES = 100
MOST_HINTS = 20
MANY_NAMES = 300
"""Names that are all compared with an unknown one; of more, those with its first letter."""


@dataclass(frozen=True, slots=True)
class StageColumn:
    """One column of a stage table: the field's name, the SQL name, the kind; `letters` names the column of type letters."""

    name: str
    column: str
    kind: Kind
    letters: str | None = None
    zero: bool = False
    """Whether a filled row holds 0 rather than null (counts)."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A complete time axis to make when a stage is read: the bucketing of `_time` and the bounds, epoch nanoseconds, if known."""

    value: float
    unit: str
    earliest: int | None
    latest: int | None


@dataclass(frozen=True, slots=True)
class StageTable:
    """A stage table: columns in display order, rows ordered by the column `ordinal`, or by the time grid to fill."""

    columns: tuple[StageColumn, ...]
    grid: Grid | None = None
    rest: str | None = None
    """The column with the rows' further fields as a JSON object, of events; `others` are the names that may be in it."""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A lookup whose rows stand in the stage table `table`."""

    definition: Lookup
    table: str
    columns: StageTable


class Lookups(Protocol):
    """The lookups there are."""

    def table(self, name: str) -> LookupTable | None:
        """A lookup ready to be read, for as long as the search runs; `None` when there is none of this name."""
        ...

    def names(self) -> tuple[str, ...]:
        """Every lookup, sorted."""
        ...

    def repeats(self, table: LookupTable, columns: tuple[str, ...]) -> bool:
        """Whether two rows have the same text in all of the columns, in the way the lookup compares texts."""
        ...


class Facts(Protocol):
    """What only running the input of a node can tell. The engine answers by a query; without an engine the answers are guesses."""

    def bounds(self, node: Node, field: str) -> tuple[int, int] | None:
        """The smallest and largest time of `field`, epoch nanoseconds; `None` without rows."""
        ...

    def names(self, node: Node) -> tuple[str, ...]:
        """Names of the fields that have a value in some row."""
        ...

    def values(self, node: Node, field: str) -> tuple[str, ...]:
        """The distinct values of a field as text."""
        ...


class NoFacts:
    """Answers for planning without an engine."""

    def bounds(self, node: Node, field: str) -> tuple[int, int] | None:
        """Unknown."""
        del node, field
        return None

    def names(self, node: Node) -> tuple[str, ...]:
        """None are known."""
        del node
        return ()

    def values(self, node: Node, field: str) -> tuple[str, ...]:
        """None are known."""
        del node, field
        return ()


class Places(Protocol):
    """Where network addresses are."""

    def refresh(self) -> None:
        """Make ready to answer. Raises code `location-database` when that cannot be."""
        ...

    def place(self, address: str, language: str) -> Place | None:
        """The place of an address, names in the language where it is known; `None` for what is no address or unknown."""
        ...


def _unchecked() -> None:
    """No limit."""


def _itself(span: Span) -> Span:
    """No macros."""
    return span


@dataclass(slots=True)
class Context:
    """One query's lowering. `now` is epoch nanoseconds, `zone` an IANA name."""

    catalogue: Catalogue
    functions: Mapping[str, Function]
    aggregates: Mapping[str, AggregateFunction]
    now: int
    zone: str = "UTC"
    facts: Facts = field(default_factory=NoFacts)
    lookups: Lookups | None = None
    """`None` where nobody knows which there are: then any name is one, with any columns."""
    places: Places | None = None
    """`None` where no database of addresses is configured."""
    stages: dict[str, StageTable] = field(default_factory=dict)
    messages: list[Problem] = field(default_factory=list)
    query: str = ""
    """The text that spans point into: the query with its macros expanded."""
    origin: Callable[[Span], Span] = _itself
    """Where a span of that text stands in the query as written."""
    check: Callable[[], None] = _unchecked
    """Raises when the search is cancelled or out of time; asked between the parts of planning."""
    step: Span = NOWHERE
    """The command being lowered."""
    _aliases: int = 0
    _said: set[tuple[str, str]] = field(default_factory=set, init=False)

    def alias(self) -> str:
        """A fresh column name of ours: unique in the statement, so that no inner name shadows an outer one."""
        self._aliases += 1
        return f"c{self._aliases}"

    def warn(self, code: str, sentence: str, *, span: Span | None = None, hint: str | None = None) -> None:
        """Note a message that will stand beside the rows: once, and no more than `MOST_MESSAGES` of them."""
        if (code, sentence) in self._said:
            return
        self._said.add((code, sentence))
        if len(self._said) <= MOST_MESSAGES:
            self.messages.append(Problem(code, sentence, None if span is None else self.origin(span), hint))
        elif len(self._said) == MOST_MESSAGES + 1:
            self.messages.append(Problem("messages-limited", f"there are more messages than these {MOST_MESSAGES}"))

    def unknown_field(self, name: str, known: Sequence[str], span: Span = NOWHERE) -> None:
        """Note that nothing is known by a field's name; the message points at the name in the query."""
        sentence = f"no field `{name}` here"
        if ("unknown-field", sentence) in self._said:
            return
        # Looking for a near name costs a comparison with every known one: worth it for the first few.
        likely = known if len(known) <= MANY_NAMES else [each for each in known if each[:1] == name[:1]][:MANY_NAMES]
        near = difflib.get_close_matches(name, likely, n=1) if len(self._said) < MOST_HINTS else []
        self.warn("unknown-field", sentence, span=self.place_of(name, span), hint=f"did you mean `{near[0]}`?" if near else None)

    def place_of(self, name: str, span: Span = NOWHERE) -> Span | None:
        """Where the name stands within `span`, or else within the command; the whole of that when it is spelled otherwise."""
        area = self.step if span == NOWHERE else span
        if area == NOWHERE:
            return None
        word = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w.])")
        found = word.search(self.query, area.start, area.end) or word.search(self.query, area.start)
        return Span(found.start(), found.end()) if found else area
