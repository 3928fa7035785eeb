"""Plans a query over what a store knows now, without running anything: for editors, which ask after every letter."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from sqlglot import exp

from pilotage.engine.lookups import Library
from pilotage.engine.statements import lowered
from pilotage.engine.watch import Watch, shallow
from pilotage.language.catalogue import Catalogue, Knowledge
from pilotage.language.dialects import Written, dialect_of
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.plan.nodes import Node
from pilotage.language.sql.context import Context, LookupTable, StageColumn, StageTable
from pilotage.language.sql.relation import Relation
from pilotage.model.fields import FieldSource, Kind
from pilotage.model.problem import PilotageError
from pilotage.model.time import read_zone

SECONDS = 2.0
"""For one query; who types does not wait longer."""


@dataclass(frozen=True, slots=True)
class Unnoted:
    """A catalogue that does not count uses: nobody has asked for these fields yet."""

    catalogue: Catalogue

    def tables(self, indexes: tuple[str, ...]) -> tuple[str, ...]:
        """As the catalogue."""
        return self.catalogue.tables(indexes)

    def indexes(self) -> tuple[str, ...]:
        """As the catalogue."""
        return self.catalogue.indexes()

    def fixed(self, table: str) -> dict[str, FieldSource]:
        """As the catalogue."""
        return self.catalogue.fixed(table)

    def field(self, table: str, name: str) -> FieldSource:
        """As the catalogue."""
        return self.catalogue.field(table, name)

    def known_fields(self, indexes: tuple[str, ...]) -> tuple[str, ...]:
        """As the catalogue."""
        return self.catalogue.known_fields(indexes)

    def remainder(self, table: str, excluded: tuple[str, ...]) -> exp.Expression:
        """As the catalogue."""
        return self.catalogue.remainder(table, excluded)

    def remainder_members(self, table: str) -> exp.Expression:
        """As the catalogue."""
        return self.catalogue.remainder_members(table)

    def used(self, table: str, name: str) -> None:
        """Nothing is counted."""


@dataclass(frozen=True, slots=True)
class NamedLookups:
    """Lookups by name and columns; none of their rows is read."""

    library: Library

    def table(self, name: str) -> LookupTable | None:
        """A lookup, as if its table were there."""
        lookup = self.library.lookup(name)
        if lookup is None:
            return None
        columns = tuple(StageColumn(each, f"v{number}", Kind.VALUE) for number, each in enumerate(lookup.columns))
        return LookupTable(lookup, f"lookup_{lookup.digest}", StageTable(columns))

    def names(self) -> tuple[str, ...]:
        """Every lookup, sorted."""
        return self.library.lookup_names()

    def repeats(self, table: LookupTable, columns: tuple[str, ...]) -> bool:
        """Taken to be so: that is the longer way."""
        del table, columns
        return True


@dataclass(frozen=True, slots=True)
class Reading:
    """A query that was planned: the plan, the text its spans point into, and the last statement with its messages."""

    plan: Node
    written: Written
    relation: Relation


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one server has: its catalogue, what people have named, and its lookups."""

    catalogue: Catalogue
    knowledge: Knowledge
    library: Library


def read_query(query: str, language: str, zone: str, around: Surroundings) -> Reading:
    """Parse, plan and lower. Raises `PilotageError` with a span into `query`."""
    now = time.time_ns()
    plan, written = dialect_of(language).read(query, dialect_of(language).context(now, read_zone(zone), knowledge=around.knowledge))
    context = Context(Unnoted(around.catalogue), EVAL, AGGREGATES, now, zone, lookups=NamedLookups(around.library))
    context.query, context.origin, context.check = written.text, written.back, Watch(SECONDS).check
    try:
        with shallow():
            return Reading(plan, written, lowered(plan, context))
    except PilotageError as error:
        if error.problem.span is not None:
            error.problem = replace(error.problem, span=written.back(error.problem.span))
        raise
