"""Extraction rules: new attributes out of the text of a log event, or of another attribute, in the same statement that loads it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from pilotage.engine.loading.columns import Level, Table, joined_keys, key_list, letter_list, named
from pilotage.engine.loading.redaction import lambdas
from pilotage.engine.loading.scope import scope_sql
from pilotage.engine.loading.treatment import OWN
from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.parsing import Parsing
from pilotage.language.sql.fragments import Sql, all_of, array, call, identifier, infix, lambda_, literal, negation, parameter
from pilotage.language.sql.parsing import Parsed, any_absent, number_letter, parsed


@dataclass(frozen=True, slots=True)
class Extractor:
    """One extraction, compiled."""

    number: int
    name: str
    parsing: Parsing
    field: str = "_raw"
    nodrop: bool = False
    numbers: frozenset[str] = frozenset()
    clause: Expression | None = None

    @property
    def column(self) -> str:
        """The column with what it found in a row."""
        return f"w_found{self.number}"


def extracted(extractors: tuple[Extractor, ...], table: Table, now: dict[str, Sql]) -> tuple[Level, ...]:
    """The levels that add what the rules find to the attributes; `now` are the columns as they are by now."""
    found = Level(tuple(named(each.column, _found(each, table, now)) for each in extractors))
    every = [identifier(each.column) for each in extractors]
    together = every[0] if len(every) == 1 else call("arrayConcat", *every)
    first = infix(exp.EQ, call("indexOf", _part(together, 1), call("tupleElement", parameter("t"), 1)), parameter("i"))
    unique = call("arrayFilter", lambdas(("t", "i"), first), together, call("arrayEnumerate", together))
    return found, Level((named("w_added", unique),)), _merged(now)


def _found(each: Extractor, table: Table, now: dict[str, Sql]) -> Sql:
    """`Array(Tuple(name, text, letter, found))` of the fields that the row gets."""
    fields = parsed(each.parsing, _source(each, now))
    conditions = [negation(identifier(OWN))] if each.clause is None else [scope_sql(each.clause, table.metadata)]
    if not each.nodrop:
        conditions.append(negation(any_absent(fields)))
    items = array(call("tuple", f.name, call("ifNull", f.value, ""), _letter(each, f), call("isNotNull", f.value)) for f in fields)
    there = call("arrayFilter", lambda_("t", call("tupleElement", parameter("t"), 4)), items)
    none = call("arrayResize", call("array", call("tuple", "", "", "", call("toUInt8", 0))), 0)
    return call("if", all_of(conditions), there, none)


def _letter(each: Extractor, field: Parsed) -> Sql:
    return number_letter(call("ifNull", field.value, "")) if field.name in each.numbers else field.letter


def _source(each: Extractor, now: dict[str, Sql]) -> Sql:
    if each.field == "_raw":
        return now["body"]
    keys = key_list(now["attribute_keys"], now["attributes"])
    place = call("indexOf", keys, each.field)
    return call("if", infix(exp.EQ, place, literal(0)), "", call("arrayElement", now["attributes"], place))


def _part(tuples: Sql, place: int) -> Sql:
    return call("arrayMap", lambda_("t", call("tupleElement", parameter("t"), place)), tuples)


def _merged(now: dict[str, Sql]) -> Level:
    """Attributes of the same name give way, compared without case."""
    added = identifier("w_added")
    attributes, keys, types = now["attributes"], now["attribute_keys"], now["attribute_types"]
    old = key_list(keys, attributes)
    lower = call("arrayMap", lambda_("n", call("lower", parameter("n"))), _part(added, 1))
    stays = call("not", call("has", lower, call("lower", parameter("k"))))
    keep = lambdas(("v", "k"), stays)
    some = call("notEmpty", added)
    new_values = call("arrayConcat", call("arrayFilter", keep, attributes, old), _part(added, 2))
    new_keys = call("arrayConcat", call("arrayFilter", lambda_("k", stays), old), _part(added, 1))
    kept_letters = call("arrayFilter", keep, letter_list(types, attributes), old)
    new_types = call("arrayStringConcat", call("arrayConcat", kept_letters, _part(added, 3)))
    items = (
        named("e_attributes", call("if", some, new_values, attributes)),
        named("e_attribute_keys", call("if", some, joined_keys(new_keys), keys)),
        named("e_attribute_types", call("if", some, new_types, types)),
    )
    return Level(items, tuple((name, identifier(f"e_{name}")) for name in ("attributes", "attribute_keys", "attribute_types")))
