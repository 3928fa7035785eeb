"""What lowering a plan needs from outside: the catalogue, the clock, the function tables, facts of the data; and what it notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pilotage.language.catalogue import Catalogue
from pilotage.language.plan.nodes import Node
from pilotage.language.sql.signature import AggregateFunction, Function
from pilotage.model.fields import Kind
from pilotage.model.problem import Problem, Span

STAGE_DATABASE = "stage"
EVENT_DATABASE = "pilotage"
ORDINAL = "ordinal"


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


@dataclass(slots=True)
class Context:
    """One query's lowering. `now` is epoch nanoseconds, `zone` an IANA name."""

    catalogue: Catalogue
    functions: Mapping[str, Function]
    aggregates: Mapping[str, AggregateFunction]
    now: int
    zone: str = "UTC"
    facts: Facts = field(default_factory=NoFacts)
    stages: dict[str, StageTable] = field(default_factory=dict)
    messages: list[Problem] = field(default_factory=list)
    _aliases: int = 0

    def alias(self) -> str:
        """A fresh column name of ours: unique in the statement, so that no inner name shadows an outer one."""
        self._aliases += 1
        return f"c{self._aliases}"

    def warn(self, code: str, sentence: str, *, span: Span | None = None, hint: str | None = None) -> None:
        """Note a message that will stand beside the rows, once."""
        problem = Problem(code, sentence, span, hint)
        if problem not in self.messages:
            self.messages.append(problem)
