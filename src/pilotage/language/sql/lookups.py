"""Lookups as SQL: a lookup's rows as a source, and the columns of matching rows joined to others (`spl.md` §5, 26)."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from pilotage.language.plan.expressions import Call, Field, Literal
from pilotage.language.plan.knowledge import Lookup, LookupRows
from pilotage.language.plan.nodes import Limit, Node, Stage
from pilotage.language.sql.context import ORDINAL, Context, LookupTable, StageTable
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import Sql, aggregate, all_of, call, identifier, infix, lambda_, literal, parameter
from pilotage.language.sql.matches import Compared, compared, folded
from pilotage.language.sql.ordering import limited, positioned
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.sources import stage
from pilotage.language.sql.value import Value, number, present, text, unify
from pilotage.model import knowledge
from pilotage.model.fields import Kind
from pilotage.model.problem import PilotageError, Span, fail

Lower = Callable[[Node], Relation]


def lookup_rows(context: Context, node: LookupRows) -> Relation:
    """`inputlookup`."""
    known = table_of(context, node.table, node.span)
    relation = stage(context, Stage(known.table))
    if node.start:
        relation.where.append(infix(exp.GTE, identifier(ORDINAL), literal(node.start)))
    if node.condition is not None:
        relation.where.append(Evaluator(relation).condition(node.condition))
    return limited(relation, Limit(node, node.most)) if node.most else relation


def table_of(context: Context, name: str, span: Span) -> LookupTable:
    """The lookup of a name; where nobody knows which there are, one that may have any columns. Raises code `unknown-lookup`."""
    if context.lookups is None:
        made = LookupTable(knowledge.Lookup(name), f"lookup_{len(context.stages)}", StageTable((), rest="rest"))
    else:
        found = context.lookups.table(name)
        if found is None:
            raise unknown(context.lookups.names(), name, context.place_of(name, span) or span)
        made = found
    context.stages[made.table] = made.columns
    return made


def unknown(names: tuple[str, ...], name: str, span: Span) -> PilotageError:
    """The error of a lookup that is not there."""
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "put one with `pilotage put lookup`, or write it with `outputlookup`"
    return fail("unknown-lookup", f"no lookup `{name}`", span=span, hint=hint)


@dataclass(slots=True)
class _LookedUp:
    """Rows with what was found for each under aliases of ours; where nothing needs that, the rows alone."""

    left: Relation
    right: exp.Select
    aliases: frozenset[str]
    on: list[tuple[Sql, str]]
    order: list[Key]

    @property
    def open(self) -> bool:
        return self.left.open

    def field(self, name: str) -> Value | None:
        return self.left.export(name)

    def names(self) -> list[str]:
        return self.left.names()

    def wildcard_names(self) -> list[str]:
        return self.left.wildcard_names()

    def keys(self) -> list[Key]:
        return self.order

    def remainder(self, excluded: tuple[str, ...]) -> Sql | None:
        return self.left.export_remainder(excluded)

    def from_(self, needed: set[str]) -> Sql:
        if not needed & self.aliases:
            return exp.Subquery(this=self.left.select(needed))
        wanted = needed | {sql.name for sql, _ in self.on}
        return exp.Subquery(
            this=exp.Select(expressions=[exp.Star()])
            .from_(exp.Subquery(this=self.left.select(wanted), alias=_name("l")), copy=False)
            .join(
                exp.Subquery(this=self.right, alias=_name("r")),
                on=all_of(infix(exp.EQ, sql, identifier(alias)) for sql, alias in self.on),
                join_type="left",
                copy=False,
            )
        )


def _name(alias: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.Identifier(this=alias, quoted=True))


def looked_up(relation: Relation, node: Lookup, lower: Lower) -> Relation:
    """`lookup`."""
    context = relation.context
    known = table_of(context, node.table, node.span)
    outputs = _outputs(context, known, node)
    left, place = positioned(relation.nested())
    keys = [left.project(_text_of(left, name, known)) for _, name in node.keys]
    place = left.project(place)
    moment = left.project(_seconds(left)) if known.definition.time_field else None
    finder = _Finder(context, known, node, tuple(column for column, _ in outputs))
    right, found = finder.found(lower)
    source = _LookedUp(left, right, found.aliases, list(zip(keys, finder.key_aliases, strict=True)), [Key(place)])
    target = Relation(context, source)
    for number_, (_, name) in enumerate(outputs):
        value = found.value(number_, moment)
        before = left.field(name) if left.knows(name) or left.open else None
        if node.fresh_only and before is not None:
            kept = left.export(name) or before
            value = unify([kept, value], lambda parts, kept=kept: call("if", present(kept), *parts))  # type: ignore[misc]
        target.define(name, value)
    return target


def _outputs(context: Context, known: LookupTable, node: Lookup) -> tuple[tuple[str, str], ...]:
    columns = [column.name for column in known.columns.columns]
    if known.columns.rest is None:
        for column in (*(c for c, _ in node.keys), *(c for c, _ in node.outputs or ())):
            if column not in columns:
                near = difflib.get_close_matches(column, columns, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"its columns are {', '.join(f'`{each}`' for each in columns[:20])}"
                place = context.place_of(column, node.span)
                raise fail("unknown-column", f"the lookup `{node.table}` has no column `{column}`", span=place, hint=hint)
    if node.outputs is not None:
        return node.outputs
    if known.columns.rest is not None:
        context.warn("lookup-columns", f"the columns of the lookup `{node.table}` are not known here", span=node.span)
    keys = {column for column, _ in node.keys}
    return tuple((column, column) for column in columns if column not in keys)


def _text_of(relation: Relation, name: str, known: LookupTable) -> Sql:
    value = relation.field(name) if relation.knows(name) or relation.open else None
    if not relation.knows(name) and (relation.wildcard_names() or not relation.open):
        relation.context.unknown_field(name, relation.wildcard_names())
    if value is None or value.is_null:
        return call("CAST", exp.null(), "Nullable(String)")
    if value.kind is Kind.MULTI:
        sentence = f"rows in which `{name}` has more than one value are not looked up"
        relation.context.warn("multivalue-key", sentence, span=relation.context.step, hint="expand it first with `mvexpand`")
    return folded(call("CAST", text(value), "Nullable(String)"), known.definition)


def _seconds(relation: Relation) -> Sql:
    value = relation.field("_time")
    return call("CAST", exp.null() if value is None else number(value), "Nullable(Float64)")


@dataclass(frozen=True, slots=True)
class _Found:
    """What the right side holds: `cells`, an alias a column, of the one matching row; or `rows`, an array of tuples, of several.

    A tuple is (order, row number, cell…); `marked` is 1 where something matched.
    """

    definition: knowledge.Lookup
    marked: str
    cells: tuple[str, ...] = ()
    rows: str = ""

    @property
    def aliases(self) -> frozenset[str]:
        return frozenset((self.marked, *self.cells, *([self.rows] if self.rows else [])))

    def value(self, column: int, moment: Sql | None) -> Value:
        """A column of what matched: one value, or all of them. Empty cells are no values."""
        known = self.definition
        default = known.default if known.least and known.default else None
        if self.cells:
            cell = call("nullIf", identifier(self.cells[column]), "")
            if default is None:
                return Value(cell, Kind.VALUE)
            return Value(call("if", infix(exp.EQ, identifier(self.marked), literal(1)), cell, default), Kind.VALUE)
        hits = self._hits(moment)
        cells = call("arrayMap", lambda_("m", call("tupleElement", parameter("m"), column + 3)), hits)
        if known.most_matches == 1:
            cell = call("nullIf", call("arrayElement", cells, 1), "")
            return Value(cell if default is None else call("if", call("empty", hits), default, cell), Kind.VALUE)
        full = call("arrayFilter", lambda_("m", call("notEmpty", parameter("m"))), cells)
        if default is not None:
            lacking = call("greatest", infix(exp.Sub, literal(known.least), call("toInt64", call("length", hits))), 0)
            full = call("arrayConcat", full, call("arrayWithConstant", lacking, default))
        return Value(full, Kind.MULTI)

    def _hits(self, moment: Sql | None) -> Sql:
        rows: Sql = identifier(self.rows)
        known = self.definition
        if moment is not None:
            # The order of a row is its time, negated, so that the latest comes first.
            age = infix(exp.Add, moment, call("tupleElement", parameter("m"), 1))
            within = infix(exp.And, infix(exp.GTE, age, literal(known.minimum_offset)), infix(exp.LTE, age, literal(known.maximum_offset)))
            rows = call("arrayFilter", lambda_("m", call("ifNull", within, exp.false())), rows)
        return call("arraySlice", rows, 1, known.most_matches)


@dataclass(slots=True)
class _Finder:
    """Makes the right side of the join: for each text of the keys what the lookup has."""

    context: Context
    known: LookupTable
    node: Lookup
    columns: tuple[str, ...]
    key_aliases: tuple[str, ...] = ()

    def found(self, lower: Lower) -> tuple[exp.Select, _Found]:
        """The SELECT with the keys under `key_aliases`, and where it has what was found."""
        definition, context = self.known.definition, self.context
        self.key_aliases = tuple(context.alias() for _ in self.node.keys)
        table = stage(context, Stage(self.known.table))
        ways = dict(definition.matches)
        keys = [
            Compared(ways.get(column, "EXACT"), call("CAST", text(_column(table, column)), "Nullable(String)"))
            for column, _ in self.node.keys
        ]
        cells = [call("ifNull", call("CAST", text(_column(table, column)), "Nullable(String)"), "") for column in self.columns]
        marked = context.alias()
        if any(key.way != "EXACT" for key in keys):
            return self._by_pattern(table, keys, cells, lower)
        texts = [folded(key.cell, definition) for key in keys]
        table.where += [call("isNotNull", each) for each in texts]
        for alias, each in zip(self.key_aliases, texts, strict=True):
            table.add_projection(alias, each)
        table.add_projection(marked, call("toUInt8", 1))
        columns = tuple(column for column, _ in self.node.keys)
        single = definition.time_field is None and (definition.most_matches == 1 or not self._repeats(columns))
        if not single:
            return self._gathered(table, cells, marked)
        aliases = tuple(context.alias() for _ in cells)
        repeated = definition.most_matches == 1 and self._repeats(columns)
        for alias, cell in zip(aliases, cells, strict=True):
            table.add_projection(alias, aggregate("argMin", cell, identifier(ORDINAL)) if repeated else cell)
        if repeated:
            table.group = [identifier(alias) for alias in self.key_aliases]
            table.add_projection(marked, aggregate("max", call("toUInt8", 1)))
        return table.select(), _Found(definition, marked, aliases)

    def _repeats(self, columns: tuple[str, ...]) -> bool:
        return self.context.lookups is not None and self.context.lookups.repeats(self.known, columns)

    def _gathered(self, table: Relation, cells: list[Sql], marked: str) -> tuple[exp.Select, _Found]:
        rows = self.context.alias()
        table.add_projection(rows, self._tuples(table, cells))
        table.add_projection(marked, aggregate("max", call("toUInt8", 1)))
        table.group = [identifier(alias) for alias in self.key_aliases]
        return table.select(), _Found(self.known.definition, marked, rows=rows)

    def _tuples(self, table: Relation, cells: list[Sql]) -> Sql:
        return call("arraySort", aggregate("groupArray", call("tuple", self._order(table), identifier(ORDINAL), *cells)))

    def _order(self, table: Relation) -> Sql:
        """The time of a row, negated; of a lookup without times 0. A row without a time matches nothing."""
        definition = self.known.definition
        if definition.time_field is None:
            return literal(0)
        if definition.time_format in ("%s", "%s.%Q"):
            seconds = number(_column(table, definition.time_field))
        else:
            seconds = number(Evaluator(table).value(Call("strptime", (Field(definition.time_field), Literal(definition.time_format)))))
        table.where.append(call("isNotNull", seconds))
        return call("negate", call("assumeNotNull", seconds))

    def _by_pattern(self, table: Relation, keys: list[Compared], cells: list[Sql], lower: Lower) -> tuple[exp.Select, _Found]:
        """The distinct texts of the rows against every row of the lookup: patterns cannot be joined by hashing."""
        definition, context = self.known.definition, self.context
        rows, marked, tuples = lower(self.node.input).nested(), context.alias(), context.alias()
        for alias, (_, name) in zip(self.key_aliases, self.node.keys, strict=True):
            rows.add_projection(alias, _text_of(rows, name, self.known))
        distinct = rows.select()
        distinct.set("distinct", exp.Distinct())
        row = context.alias()
        table.add_projection(row, call("tuple", self._order(table), identifier(ORDINAL), *cells))
        tests: list[Sql] = []
        equal: list[Sql] = []
        for alias, key in zip(self.key_aliases, keys, strict=True):
            cell = context.alias()
            table.add_projection(cell, folded(key.cell, definition))
            if key.way == "EXACT":
                equal.append(infix(exp.EQ, identifier(alias), identifier(cell)))
            else:
                tests.append(compared(key.way, identifier(alias), identifier(cell)))
        statement = exp.Select(
            expressions=[
                *(identifier(alias) for alias in self.key_aliases),
                _aliased(aggregate("max", call("toUInt8", 1)), marked),
                _aliased(call("arraySort", aggregate("groupArray", identifier(row))), tuples),
            ]
        ).from_(exp.Subquery(this=distinct, alias=_name("d")), copy=False)
        statement = statement.join(
            exp.Subquery(this=table.select(), alias=_name("t")),
            on=all_of(equal) if equal else None,
            join_type="inner" if equal else "cross",
        )
        statement.set("where", exp.Where(this=all_of(call("ifNull", test, exp.false()) for test in tests)))
        statement.set("group", exp.Group(expressions=[identifier(alias) for alias in self.key_aliases]))
        return statement, _Found(definition, marked, rows=tuples)


def _column(table: Relation, name: str) -> Value:
    value = table.field(name)
    if value is None:
        raise fail("unknown-column", f"the lookup has no column `{name}`")
    return value


def _aliased(sql: Sql, alias: str) -> Sql:
    return exp.Alias(this=sql, alias=exp.Identifier(this=alias, quoted=True))
