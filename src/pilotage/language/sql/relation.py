"""A relation under construction: one SELECT whose columns are worked out only when something above asks for them.

Fields of the language map to SQL expressions over the SELECT's source; an outer SELECT takes them by fresh aliases (`c1`, `c2` …), so
names that people chose never become identifiers, and nothing is read that nothing needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlglot import exp

from pilotage.language.sql.context import Context
from pilotage.language.sql.fragments import Sql, all_of, call, column_names, identifier
from pilotage.language.sql.value import Value
from pilotage.model.names import METADATA_SPELLINGS

_BOUNDS = frozenset({"index", "time"})

_DEEP = 45
"""Levels from which on stages share a SELECT even where that looks at more rows."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the row order; nulls come last.

    `rank` says when the key alone can serve as a number: `time` (DateTime64) or `number`, never null. A `bucketed` key is the time of a
    table that is ordered by its five-minute buckets: naming the bucket first lets the engine read the newest rows in order.
    """

    sql: Sql
    descending: bool = False
    bucketed: bool = False
    nulls_first: bool = False
    rank: str = ""

    def bucket(self) -> exp.Ordered:
        """The bucket as an ORDER BY item; it follows from the key, so the order stays the same."""
        return exp.Ordered(this=call("toStartOfFiveMinutes", self.sql), desc=self.descending, nulls_first=self.nulls_first)

    def ordered(self) -> exp.Ordered:
        """As an ORDER BY item."""
        return exp.Ordered(this=self.sql, desc=self.descending, nulls_first=self.nulls_first)

    def reversed(self) -> Key:
        """The opposite order."""
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)


class Source(Protocol):
    """What a SELECT reads from."""

    def field(self, name: str) -> Value | None:
        """A field of the source as SQL over it."""
        ...

    def names(self) -> list[str]:
        """Names of the known columns in display order."""
        ...

    def wildcard_names(self) -> list[str]:
        """Every name a pattern can match."""
        ...

    def keys(self) -> list[Key]:
        """The row order, over the source."""
        ...

    def remainder(self, excluded: tuple[str, ...]) -> Sql | None:
        """The fields beyond `names` as name → JSON pairs; `None` when there are none."""
        ...

    def from_(self, needed: set[str]) -> Sql:
        """The FROM item with the `needed` columns."""
        ...

    @property
    def open(self) -> bool:
        """Whether rows have fields beyond `names`."""
        ...


@dataclass(slots=True)
class Relation:
    """One SELECT. `columns` overrides fields of the source, `hidden` removes them, `shown` is the display order when it is changed.

    `closed` cuts the source off, or leaves only the `allowed` fields of it. `sealed` means nothing more may be put into this SELECT.
    """

    context: Context
    source: Source
    columns: dict[str, Value] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    shown: list[str] | None = None
    closed: bool = False
    allowed: frozenset[str] | None = None
    where: list[Sql] = field(default_factory=list)
    group: list[Sql] = field(default_factory=list)
    order: list[Key] | None = None
    limit: int | None = None
    fill: exp.WithFill | None = None
    sealed: bool = False
    ordered: bool = False
    chained: bool = False
    """Whether expressions of the list name others of it by their aliases."""
    _exports: dict[str, Value] = field(default_factory=dict)
    _projections: dict[str, Sql] = field(default_factory=dict)
    _aliases: dict[str | int, str] = field(default_factory=dict)
    """Alias of an expression in the list: of a column by its name, of any other by its identity."""
    parts: dict[tuple[str, ...], Sql] = field(default_factory=dict)
    """What fields of texts are taken from, as the SELECT around this one sees it: by way and text, so that it is found once."""
    _remainders: dict[tuple[str, ...], Sql] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether rows have fields beyond the known columns."""
        return self.source.open and not self.closed

    @property
    def bare(self) -> bool:
        """Whether this SELECT only chooses and orders rows, so that its list may still be anything."""
        return not (self.group or self._projections or self.fill)

    def names(self) -> list[str]:
        """Known columns in display order."""
        if self.shown is not None:
            return list(self.shown)
        known = [n for n in self.source.names() if n not in self.hidden] if not self.closed else []
        return known + [n for n in self.columns if n not in known]

    def wildcard_names(self) -> list[str]:
        """Known columns and, when open, every field the catalogue has seen."""
        names = self.names()
        if self.open:
            taken = set(names)
            names += [n for n in self.source.wildcard_names() if n not in taken and n not in self.hidden]
        return names

    def knows(self, name: str) -> bool:
        """Whether a field of this name can hold anything."""
        if name in self.columns:
            return True
        if name in self.hidden or (self.closed and name not in (self.allowed or ())):
            return False
        spelled = self.spelled(name)
        return spelled in self.source.names() or (self.source.open and spelled in self.source.wildcard_names())

    def spelled(self, name: str) -> str:
        """The stored name of a metadata field written the other way; any other name as it is."""
        return METADATA_SPELLINGS.get(name, name) if self.source.open and name not in self.columns else name

    def field(self, name: str) -> Value | None:
        """A field as SQL over this SELECT's source; `None` when there is none."""
        if name in self.columns:
            return self.columns[name]
        if name in self.hidden or (self.closed and (self.allowed is None or name not in self.allowed)):
            return None
        return self.source.field(name)

    def keys(self) -> list[Key]:
        """The row order as SQL over this SELECT's source."""
        return self.order if self.order is not None else self.source.keys()

    def nested(self) -> Relation:
        """A new SELECT around this one."""
        return Relation(self.context, _Inner(self))

    def writable(self) -> Relation:
        """This SELECT if more may be put into it, else a new one around it."""
        return self.nested() if self.sealed else self

    def inside(self, name: str) -> Relation | None:
        """The SELECT inside this one, where more may be taken out of its column `name` for this one; `None` where that changes anything."""
        inner = self.source.relation if isinstance(self.source, _Inner) else None
        # Rows that a condition leaves out need not be looked at, but the engine takes only so many levels.
        chosen = bool(self.where) and self._levels() < _DEEP
        plain = self.bare and not (self.sealed or chosen or self.closed or self.limit is not None)
        if inner is None or not plain or name in self.columns or name in self.hidden:
            return None
        if inner.group or inner.fill or inner.closed or inner.limit is not None:
            return None
        value = inner.field(name)
        return inner if value is not None and isinstance(value.sql, exp.Column) else None

    def _levels(self) -> int:
        """How many SELECTs stand inside this one."""
        count = 0
        source = self.source
        while isinstance(source, _Inner):
            count, source = count + 1, source.relation.source
        return count

    def named(self) -> Relation:
        """A SELECT whose source has a name for every column, so that a costly expression is written once."""
        return self if isinstance(self.source, _Inner) and not self.sealed and not self.columns else self.nested()

    def export(self, name: str) -> Value | None:
        """The field as the SELECT around this one sees it."""
        if name in self._exports:
            return self._exports[name]
        self.context.check()
        value = self.field(name)
        if value is None or value.constant is not None:
            return value
        letter = self.project(value.type) if value.type is not None else None
        if value.solid and value.plain is not None:
            plain = self.project(value.plain)
            seen = replace(value, sql=call("nullIf", plain, ""), type=letter, plain=plain)
        else:
            seen = replace(value, sql=self.project(value.sql), type=letter, plain=None, solid=False)
        self._exports[name] = seen
        return seen

    def project(self, sql: Sql) -> Sql:
        """Add an expression to the SELECT list, once; returns its name for the outer SELECT."""
        if isinstance(sql, exp.Literal | exp.Null | exp.Boolean):
            return sql
        key = sql.name if isinstance(sql, exp.Column) else id(sql)
        if key in self._aliases:
            return identifier(self._aliases[key])
        own = isinstance(sql, exp.Column) and isinstance(self.source, _Inner)
        alias = sql.name if own and sql.name not in self._projections else self.context.alias()
        self.add_projection(alias, sql)
        return identifier(alias)

    def define(self, name: str, value: Value) -> None:
        """Set a column, new ones last."""
        self.columns[name] = value
        self.hidden.discard(name)
        if self.shown is not None and name not in self.shown:
            self.shown.append(name)

    def add_projection(self, alias: str, sql: Sql) -> None:
        """Add an expression to the SELECT list under a given alias (the parts of a union must agree on it)."""
        self._projections[alias] = sql
        self._aliases.setdefault(sql.name if isinstance(sql, exp.Column) else id(sql), alias)

    def export_keys(self) -> list[Key]:
        """The row order for the SELECT around this one."""
        return [replace(k, sql=self.project(k.sql), bucketed=k.bucketed and self.limit is None) for k in self.keys()]

    def export_remainder(self, excluded: tuple[str, ...]) -> Sql | None:
        """The remaining fields for the SELECT around this one."""
        pairs = self.remainder(excluded)
        return None if pairs is None else self.project(pairs)

    def remainder(self, excluded: tuple[str, ...]) -> Sql | None:
        """The fields beyond the known columns over this SELECT's source, without hidden, overridden and `excluded` ones."""
        if not self.open:
            return None
        wanted = tuple(sorted({*excluded, *self.hidden, *self.columns}))
        if wanted not in self._remainders:
            pairs = self.source.remainder(wanted)
            if pairs is None:
                return None
            self._remainders[wanted] = pairs
        return self._remainders[wanted]

    def select(self, needed: set[str] | None = None) -> exp.Select:
        """The SELECT with what was asked for, or with the `needed` of it: asking is generous, a type letter may never be looked at."""
        named = needed if needed is None or not self.chained else self._with_parts(needed)
        wanted = [(a, sql) for a, sql in self._projections.items() if named is None or a in named]
        statement = exp.Select(expressions=[self._item(a, sql) for a, sql in wanted] or [exp.Literal.number(1)])
        if self.where:
            statement.set("where", exp.Where(this=all_of(self.where)))
        if self.group:
            statement.set("group", exp.Group(expressions=self.group))
        if (self.limit is not None or self.fill is not None or self.ordered) and (keys := self.keys()):
            items = [k.ordered() for k in keys]
            if self.fill is not None:
                items[0].set("with_fill", self.fill)
            elif keys[0].bucketed and (self.limit is not None or self._everything()):
                items.insert(0, keys[0].bucket())
            statement.set("order", exp.Order(expressions=items))
        if self.limit is not None:
            statement.set("limit", exp.Limit(expression=exp.Literal.number(self.limit)))
        statement.set("from_", exp.From(this=self.source.from_(column_names(statement))))
        return statement

    def _with_parts(self, needed: set[str]) -> set[str]:
        """The aliases that are needed and those that their expressions name."""
        found: set[str] = set()
        waiting = [alias for alias in self._projections if alias in needed]
        while waiting:
            alias = waiting.pop()
            if alias not in found:
                found.add(alias)
                waiting += [column.name for column in self._projections[alias].find_all(exp.Column) if column.name in self._projections]
        return found

    def _everything(self) -> bool:
        """Whether no condition but the scan's index and time chooses among the rows.

        Many rows then stream in the order of the table instead of being sorted; planning that costs a search for few rows 10 ms.
        """
        if isinstance(self.source, _Inner):
            return not self.where and self.source.relation._everything()  # noqa: SLF001 - of the same class
        return all(column_names(part) <= _BOUNDS for part in self.where)

    @staticmethod
    def _item(alias: str, sql: Sql) -> Sql:
        return (
            sql if isinstance(sql, exp.Column) and sql.name == alias else exp.Alias(this=sql, alias=exp.Identifier(this=alias, quoted=True))
        )


@dataclass(slots=True)
class _Inner:
    """A finished SELECT as the source of another."""

    relation: Relation

    @property
    def open(self) -> bool:
        return self.relation.open

    def field(self, name: str) -> Value | None:
        return self.relation.export(name)

    def names(self) -> list[str]:
        return self.relation.names()

    def wildcard_names(self) -> list[str]:
        return self.relation.wildcard_names()

    def keys(self) -> list[Key]:
        return self.relation.export_keys()

    def remainder(self, excluded: tuple[str, ...]) -> Sql | None:
        return self.relation.export_remainder(excluded)

    def from_(self, needed: set[str]) -> Sql:
        return exp.Subquery(this=self.relation.select(needed))
