"""Several relations one after another as the source of a SELECT: event tables of one search, and `append`ed results."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from pilotage.language.sql.context import Context
from pilotage.language.sql.fragments import Sql, call, identifier, literal
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.value import Value, alike, constant, multi, text
from pilotage.model.fields import Kind


@dataclass(slots=True)
class UnionSource:
    """Several relations one after another; a column is asked of each and brought to one kind."""

    context: Context
    parts: list[Relation]
    order: list[Key] | None = None
    """The row order over the union; `None` = newest first."""

    @property
    def open(self) -> bool:
        """Whether some part has further fields."""
        return any(p.open for p in self.parts)

    def field(self, name: str) -> Value | None:
        """A field of every part, brought to one kind."""
        found = [p.field(name) if p.knows(name) or p.open else None for p in self.parts]
        if not any(found):
            return None
        values = [v or constant(None) for v in found]
        alias = self.context.alias()
        kinds = {v.kind for v in values if not v.is_null}
        if len(kinds) <= 1 and kinds != {Kind.VALUE}:
            kind = next(iter(kinds), Kind.TEXT)
            columns = alike(values) if kind is Kind.NUMBER else [multi(v) if kind is Kind.MULTI else v.sql for v in values]
            for part, column in zip(self.parts, columns, strict=True):
                part.add_projection(alias, column)
            return Value(identifier(alias), kind)
        letters = self.context.alias()
        for part, value in zip(self.parts, values, strict=True):
            part.add_projection(alias, text(value))
            part.add_projection(letters, _letter(value))
        return Value(identifier(alias), Kind.VALUE, identifier(letters))

    def names(self) -> list[str]:
        """The columns of all parts."""
        return list(dict.fromkeys(n for p in self.parts for n in p.names()))

    def wildcard_names(self) -> list[str]:
        """Every name a pattern can match in some part."""
        return list(dict.fromkeys(n for p in self.parts for n in p.wildcard_names()))

    def keys(self) -> list[Key]:
        """The row order."""
        if self.order is not None:
            return self.order
        time = self.field("_time")
        return [Key(time.sql, descending=True, rank="time" if time.kind is Kind.TIME else "")] if time is not None else []

    def remainder(self, excluded: tuple[str, ...]) -> Sql | None:
        """The further fields, of each part in its own way."""
        alias = self.context.alias()
        mine = self.names()
        for part in self.parts:
            known = set(part.names())
            fixed_elsewhere = tuple(n for n in mine if n not in known)
            pairs = part.remainder((*excluded, *fixed_elsewhere))
            part.add_projection(alias, pairs if pairs is not None else call("CAST", call("array"), "Array(Tuple(String, String))"))
        return identifier(alias)

    def from_(self, needed: set[str]) -> Sql:
        """The parts with UNION ALL."""
        statement: exp.Select | exp.Union = self.parts[0].select(needed)
        for part in self.parts[1:]:
            statement = exp.Union(this=statement, expression=part.select(needed), distinct=False)
        return exp.Subquery(this=statement)


_LETTERS = {Kind.TEXT: "s", Kind.NUMBER: "d", Kind.BOOLEAN: "b", Kind.TIME: "d", Kind.JSON: "k", Kind.MULTI: "a"}


def _letter(value: Value) -> Sql:
    if value.kind is Kind.VALUE:
        return value.type if value.type is not None else literal("")
    return literal(_LETTERS[value.kind])


def united(context: Context, parts: list[Relation]) -> Relation:
    """The rows of several relations, newest first."""
    return Relation(context, UnionSource(context, [p.nested() if p.sealed else p for p in parts]))
