"""Where rows come from: event tables (one, or several united), literal rows, and the tables that earlier stages left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from sqlglot import exp

from pilotage.language.plan.expressions import Binary, Call, Field, Match, Member, Term, Unary
from pilotage.language.plan.nodes import Rows, Scan, Stage
from pilotage.language.sql.buckets import Bucket
from pilotage.language.sql.context import EVENT_DATABASE, ORDINAL, STAGE_DATABASE, Context, StageTable
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import (
    NANOSECONDS,
    Sql,
    array,
    call,
    identifier,
    infix,
    lambda_,
    literal,
    moment,
    negation,
    parameter,
    render,
    within,
)
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.unions import united
from pilotage.language.sql.value import Value, from_source
from pilotage.model.fields import Kind
from pilotage.model.names import LOGS_INDEX

MOST_UNSEEN = 100
"""Names unknown to the catalogue that one search looks for all the same."""
_BUCKETED = {"logs", "spans"}
_REMAINDERS: dict[tuple[str, str, tuple[str, ...]], str] = {}


def _table(database: str, name: str) -> exp.Table:
    return exp.Table(this=exp.Identifier(this=name, quoted=True), db=exp.Identifier(this=database, quoted=True))


@dataclass(slots=True)
class _Events:
    """One event table."""

    context: Context
    table: str
    indexes: tuple[str, ...]
    fixed: dict[str, Value] = field(default_factory=dict)
    _met: dict[str, Value | None] = field(default_factory=dict)
    _seen: frozenset[str] | None = None
    _unseen: int = 0
    _known: list[str] | None = None

    def __post_init__(self) -> None:
        self.fixed = {n: from_source(s) for n, s in self.context.catalogue.fixed(self.table).items()}

    @property
    def open(self) -> bool:
        return True

    def field(self, name: str) -> Value | None:
        if name not in self._met:
            self._met[name] = self.fixed.get(name) or self._stored(name)
        return self._met[name]

    def _stored(self, name: str) -> Value | None:
        found = from_source(self.context.catalogue.field(self.table, name))
        if found.kind is not Kind.VALUE or name.removeprefix("attributes.").removeprefix("resource.") in self._names():
            return found
        # A name that nobody has seen may be in the newest rows, so it is looked for; a list of hundreds is a mistake and costs dearly.
        self._unseen += 1
        return found if self._unseen <= MOST_UNSEEN else None

    def _names(self) -> frozenset[str]:
        if self._seen is None:
            self._seen = frozenset(self.wildcard_names())
        return self._seen

    def names(self) -> list[str]:
        return list(self.fixed)

    def wildcard_names(self) -> list[str]:
        if self._known is None:
            self._known = list(self.context.catalogue.known_fields(self.indexes))
        return self._known

    def keys(self) -> list[Key]:
        return [Key(self.fixed["_time"].sql, descending=True, rank="time", bucketed=self.table in _BUCKETED)]

    def remainder(self, excluded: tuple[str, ...]) -> Sql | None:
        # A tree of some 300 nodes that hardly ever differs: its text is kept, and goes into the statement as it is.
        key = (type(self.context.catalogue).__name__, self.table, excluded)
        if key not in _REMAINDERS:
            if len(_REMAINDERS) > 256:
                _REMAINDERS.clear()
            _REMAINDERS[key] = render(self.context.catalogue.remainder(self.table, excluded))
        return exp.Var(this=_REMAINDERS[key])

    def from_(self, needed: set[str]) -> Sql:
        del needed
        return _table(EVENT_DATABASE, self.table)


def matching_indexes(existing: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Existing indexes that match the patterns; names starting with `_` must be asked for."""
    return [i for i in existing if any(fnmatchcase(i, p) and (p.startswith("_") or not i.startswith("_")) for p in patterns)]


def scan(context: Context, node: Scan) -> Relation:
    """Events newest first; a message for each index that does not exist."""
    patterns = node.indexes or (LOGS_INDEX,)
    names = list(dict.fromkeys(p for p in patterns if "*" not in p))
    existing = context.catalogue.indexes()
    for name in names:
        if name not in existing:
            context.warn("unknown-index", f"no index `{name}` has any data", span=node.span, hint="an index appears with its first event")
    wanted = list(dict.fromkeys([*names, *matching_indexes(existing, [p for p in patterns if "*" in p])]))
    tables = [table for table in context.catalogue.tables(patterns) if not node.tables or table in node.tables] or list(node.tables[:1])
    parts = [_events(context, node, table, wanted) for table in tables]
    return parts[0] if len(parts) == 1 else united(context, parts)


def _events(context: Context, node: Scan, table: str, indexes: list[str]) -> Relation:
    relation = Relation(context, _Events(context, table, node.indexes or (LOGS_INDEX,)))
    column = identifier("index")
    relation.where.append(
        infix(exp.EQ, column, literal(indexes[0])) if len(indexes) == 1 else within(column, indexes) if indexes else exp.false()
    )
    time = identifier("time")
    if node.time.earliest is not None:
        relation.where.append(infix(exp.GTE, time, moment(_clamped(node.time.earliest))))
    if node.time.latest is not None:
        relation.where.append(infix(exp.LT, time, moment(_clamped(node.time.latest))))
    if node.condition is not None:
        note_uses(relation, *field_names(node.condition))
        relation.where.append(Evaluator(relation).condition(node.condition))
    return relation


def _clamped(nanoseconds: int) -> int:
    """A time that DateTime64(9) can hold: 1900 to 2262."""
    return min(max(nanoseconds, -2_208_988_800 * 10**9), 2**63 - 1)


def untouched_events(relation: Relation) -> str | None:
    """The event table whose rows a relation shows as they are stored; `None` when it shows anything else."""
    changed = relation.columns or relation.hidden or relation.closed or relation.shown is not None
    return None if changed or not isinstance(relation.source, _Events) else relation.source.table


def stored_events(relation: Relation) -> Sql | None:
    """The event table a relation reads directly; `None` when it reads anything else."""
    return relation.source.from_(set()) if isinstance(relation.source, _Events) else None


def note_uses(relation: Relation, *names: str) -> None:
    """Tell the catalogue which stored fields filters and groups use; hot ones get columns of their own."""
    source: object = relation.source
    while not isinstance(source, _Events):
        inner = getattr(source, "relation", None)
        if inner is None:
            return
        source = inner.source
    for name in names:
        if name not in relation.columns and name not in source.fixed:
            source.context.catalogue.used(source.table, name)


def field_names(thing: object) -> set[str]:
    """Names of the fields an expression (or a tuple of them) mentions."""
    match thing:
        case Field():
            return {thing.name}
        case Match():
            return {thing.field}
        case Term():
            return {"_raw"}
        case tuple():
            return {n for t in thing for n in field_names(t)}
        case Unary() | Member():
            items = thing.items if isinstance(thing, Member) else ()
            return field_names(thing.operand) | field_names(items)
        case Binary():
            return field_names(thing.left) | field_names(thing.right)
        case Call():
            return field_names(thing.arguments)
        case _:
            return set()


@dataclass(slots=True)
class _Stage:
    """A stage table, or any table with known columns of ours; `rest` is its column of further fields, a JSON object."""

    columns: dict[str, Value]
    table: Sql
    order: list[Key]
    rest: Sql | None = None
    others: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        return self.rest is not None

    def field(self, name: str) -> Value | None:
        if name in self.columns or self.rest is None:
            return self.columns.get(name)
        letter = call("transform", call("toString", call("JSONType", self.rest, name)), *_LETTERS_OF_JSON)
        return Value(call("JSONExtract", self.rest, name, "Nullable(String)"), Kind.VALUE, letter)

    def names(self) -> list[str]:
        return list(self.columns)

    def wildcard_names(self) -> list[str]:
        return list(dict.fromkeys([*self.columns, *self.others]))

    def keys(self) -> list[Key]:
        return self.order

    def remainder(self, excluded: tuple[str, ...]) -> Sql | None:
        if self.rest is None:
            return None
        pairs = call("JSONExtractKeysAndValuesRaw", self.rest)
        if not excluded:
            return pairs
        unwanted = within(call("tupleElement", parameter("p"), 1), excluded)
        return call("arrayFilter", lambda_("p", negation(unwanted)), pairs)

    def from_(self, needed: set[str]) -> Sql:
        del needed
        return self.table


# JSONType's words and the letters of `model.names.ValueType`.
_LETTERS_OF_JSON = (
    array(["Int64", "UInt64", "Double", "String", "Bool", "Array", "Object"]),
    array(["i", "i", "d", "s", "b", "a", "k"]),
    "",
)


def stage(context: Context, node: Stage) -> Relation:
    """Rows of a stage table; a series gets its time grid completed."""
    known = context.stages[node.table]
    columns = {c.name: Value(identifier(c.column), c.kind, identifier(c.letters) if c.letters else None) for c in known.columns}
    order = [Key(identifier(ORDINAL), rank="number")]
    rest = identifier(known.rest) if known.rest is not None else None
    relation = Relation(context, _Stage(columns, _table(STAGE_DATABASE, node.table), order, rest, known.others))
    return relation if known.grid is None else _filled(relation, known)


def _filled(relation: Relation, known: StageTable) -> Relation:
    grid = known.grid
    if grid is None:
        return relation
    time = known.columns[0]
    bucket = Bucket(grid.value, grid.unit, relation.context.zone)
    raw = bucket.native(identifier(time.column))
    relation.order = [Key(raw, rank="time")]
    relation.fill = bucket.fill(grid.earliest, grid.latest)
    alias = relation.project(raw)
    relation.order = [Key(alias, rank="time")]
    for column in known.columns[1:]:
        relation.export(column.name)
    relation.sealed = True
    outer = relation.nested()
    outer.columns[time.name] = Value(bucket.moment(alias), Kind.TIME)
    outer.shown = [c.name for c in known.columns]
    outer.order = [Key(bucket.moment(alias), rank="time")]
    return outer


def rows(context: Context, node: Rows) -> Relation:
    """Literal rows, kept in the order given."""
    kinds = [_column_kind(n, [r[i] for r in node.values]) for i, n in enumerate(node.columns)]
    aliases = [context.alias() for _ in node.columns]

    def cells(row: Sequence[str | float | bool | None]) -> list[Sql]:
        return [_aliased(_cell(cell, kind), alias) for alias, kind, cell in zip(aliases, kinds, row, strict=True)]

    statement: exp.Select | exp.Union
    if len(set(node.values)) == 1 and len(node.values) > 1:
        # `makeresults count=N`: the same row N times, whatever N is.
        statement = exp.Select(expressions=[_aliased(identifier("number"), ORDINAL), *cells(node.values[0])])
        statement.set("from_", exp.From(this=call("numbers", len(node.values))))
    elif not node.values:
        statement = exp.Select(
            expressions=[_aliased(literal(0), ORDINAL), *cells([None] * len(aliases))], where=exp.Where(this=exp.false())
        )
    else:
        selects = [exp.Select(expressions=[_aliased(literal(number), ORDINAL), *cells(row)]) for number, row in enumerate(node.values)]
        statement = selects[0]
        for other in selects[1:]:
            statement = exp.Union(this=statement, expression=other, distinct=False)
    columns = {n: Value(identifier(a), k) for n, a, k in zip(node.columns, aliases, kinds, strict=True)}
    return Relation(context, _Stage(columns, exp.Subquery(this=statement), [Key(identifier(ORDINAL), rank="number")]))


def _column_kind(name: str, cells: Sequence[object]) -> Kind:
    filled = [c for c in cells if c is not None]
    if name == "_time" and filled and all(isinstance(c, int | float) and not isinstance(c, bool) for c in filled):
        return Kind.TIME
    if filled and all(isinstance(c, bool) for c in filled):
        return Kind.BOOLEAN
    if filled and all(isinstance(c, int | float) and not isinstance(c, bool) for c in filled):
        return Kind.NUMBER
    return Kind.TEXT if all(isinstance(c, str) for c in filled) else Kind.VALUE


_TYPES = {Kind.NUMBER: "Nullable(Float64)", Kind.TEXT: "Nullable(String)", Kind.BOOLEAN: "Nullable(Bool)", Kind.VALUE: "Nullable(String)"}


def _cell(cell: str | float | bool | None, kind: Kind) -> Sql:
    if kind is Kind.TIME:
        ticks = None if cell is None else round(float(cell) * NANOSECONDS) if isinstance(cell, float) else int(cell) * NANOSECONDS
        return call("CAST", None if ticks is None else moment(ticks), "Nullable(DateTime64(9))")
    value = str(cell) if kind is Kind.VALUE and cell is not None else cell
    return call("CAST", value, _TYPES[kind])


def _aliased(sql: Sql, alias: str) -> Sql:
    return exp.Alias(this=sql, alias=exp.Identifier(this=alias, quoted=True))
