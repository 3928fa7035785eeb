"""Lowering of the nodes that change cells row by row (`plan.cells`)."""

from __future__ import annotations

import re
from functools import reduce

from sqlglot import exp

from pilotage.language.plan.cells import Concatenate, Lag, Remark, Replace, Reverse, RowTotal, Split
from pilotage.language.plan.expressions import Field, Literal
from pilotage.language.plan.nodes import Node
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import Sql, all_of, array, call, infix, is_present, lambda_, literal, parameter, window
from pilotage.language.sql.names import has_star, matching
from pilotage.language.sql.ordering import ordered
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.value import Value, constant, double, text, unify
from pilotage.model.fields import Kind


def every_name(relation: Relation, inputs: Node) -> list[str]:
    """The names of all fields with a place in the rows; of events those that have a value in some row."""
    if not relation.open:
        return relation.names()
    return [n for n in relation.context.facts.names(inputs) if n not in relation.hidden]


def meant(relation: Relation, patterns: tuple[str, ...], inputs: Node) -> list[str]:
    """The fields that names and `*` patterns mean; no patterns = all that do not start with `_`. A name that is unknown stays."""
    if not any(has_star(p) for p in patterns) and patterns:
        return list(dict.fromkeys(patterns))
    known = every_name(relation, inputs)
    found = [n for p in patterns or ("*",) for n in (matching(p, known) if has_star(p) else [p])]
    return list(dict.fromkeys(found))


def split(relation: Relation, node: Split) -> Relation:
    """`makemv`."""
    target = relation.named()
    value = Evaluator(target).field(Field(node.field, span=node.span))
    source = call("ifNull", text(value), "")
    parts = call("extractAll", source, node.tokenizer) if node.tokenizer else call("splitByString", node.delimiter, source)
    if node.allow_empty:
        parts = call("if", infix(exp.EQ, source, literal("")), call("arrayResize", parts, 0), parts)
    else:
        parts = call("arrayFilter", lambda_("m", infix(exp.NEQ, parameter("m"), literal(""))), parts)
    if value.kind is Kind.MULTI:
        # A multivalue of several members stays as it is.
        parts = call("if", infix(exp.GT, call("length", value.sql), literal(1)), value.sql, parts)
    target.define(node.field, Value(parts, Kind.MULTI))
    return target


def replaced(relation: Relation, node: Replace) -> Relation:
    """`replace`."""
    target = relation.named()
    for name in meant(target, node.fields, node.input):
        value = Evaluator(target).field(Field(name, span=node.span))
        if value.is_null:
            continue
        if value.kind is Kind.MULTI:
            member = reduce(lambda v, pair: _swapped(v, *pair), reversed(node.pairs), Value(parameter("m"), Kind.TEXT))
            target.define(name, Value(call("arrayMap", lambda_("m", call("assumeNotNull", member.sql)), value.sql), Kind.MULTI))
        else:
            changed = value
            for old, new in reversed(node.pairs):
                changed = _swapped(changed, old, new, value)
            target.define(name, changed)
    return target


def _swapped(otherwise: Value, old: str, new: str, own: Value | None = None) -> Value:
    """`new` where the text of `own` fits `old`, else `otherwise`."""
    source = text(own or Value(parameter("m"), Kind.TEXT))
    if not has_star(old):
        fits = call("ifNull", infix(exp.EQ, source, literal(old)), exp.false())
        return unify([Value(literal(new), Kind.VALUE), otherwise], lambda parts: call("if", fits, *parts))
    pattern = "(?s)^" + "(.*)".join(re.escape(part) for part in old.split("*")) + "$"
    pieces = [part.replace("\\", "\\\\") for part in new.split("*")]
    replacement = pieces[0] + "".join(f"\\{place}{piece}" for place, piece in enumerate(pieces[1:], 1))
    fits = call("ifNull", call("match", source, pattern), exp.false())
    changed = Value(call("replaceRegexpOne", source, pattern, replacement), Kind.VALUE)
    return unify([changed, otherwise], lambda parts: call("if", fits, *parts))


def concatenated(relation: Relation, node: Concatenate) -> Relation:
    """`strcat`."""
    target = relation.named()
    evaluator = Evaluator(target)
    parts: list[Sql] = []
    there: list[Sql] = []
    for part in node.parts:
        value = evaluator.value(part)
        source = call("arrayStringConcat", value.sql, " ") if value.kind is Kind.MULTI else text(value)
        parts.append(source if isinstance(part, Literal) else call("ifNull", source, ""))
        if not isinstance(part, Literal):
            there.append(exp.false() if value.is_null else is_present(text(value)))
    joined = Value(call("concat", *parts, ""), Kind.TEXT)
    if node.all_required and there:
        whole = all_of(there)
        before = target.field(node.target) if target.knows(node.target) else None
        joined = unify([joined, before or constant(None)], lambda sqls: call("if", whole, *sqls))
    target.define(node.target, joined)
    return target


def reversed_rows(relation: Relation, node: Reverse) -> Relation:
    """`reverse`."""
    del node
    target = relation.writable()
    target.order = [key.reversed() for key in target.keys()]  # noqa: SIM118 - a method of ours, no dictionary
    return target


def lagged(relation: Relation, node: Lag) -> Relation:
    """`delta` and `autoregress`."""
    target = relation.named()
    value = Evaluator(target).field(Field(node.field, span=node.span))
    order = ordered(target)

    def before(sql: Sql, rows: int) -> Sql:
        # A row that far back does not exist for the first ones: null, whatever the type.
        nullable = sql if value.kind is Kind.MULTI else call("toNullable", sql)
        return window(call("lagInFrame", nullable, rows), order=order, running=True)

    found: dict[str, Value] = {}
    for rows, alias in node.items:
        if value.is_null:
            found[alias] = constant(None)
        elif node.difference:
            own = call("CAST", double(value), "Nullable(Float64)")
            found[alias] = Value(infix(exp.Sub, own, before(own, rows)), Kind.NUMBER)
        else:
            letters = before(value.type, rows) if value.type is not None else None
            found[alias] = Value(before(value.sql, rows), value.kind, letters)
    for alias, result in found.items():
        target.define(alias, result)
    target.sealed = True
    return target.nested()


def row_totals(relation: Relation, node: RowTotal) -> Relation:
    """`addtotals`."""
    target = relation.named()
    numbers: list[Sql] = []
    for name in meant(target, node.fields, node.input):
        value = target.field(name) if target.knows(name) else None
        if value is not None and not value.is_null and value.kind not in {Kind.TIME, Kind.BOOLEAN}:
            numbers.append(call("CAST", double(value), "Nullable(Float64)"))
    present = call("arrayFilter", lambda_("n", is_present(parameter("n"))), array(numbers))
    sure = call("arrayMap", lambda_("n", call("assumeNotNull", parameter("n"))), present)
    total = call("if", call("empty", present), None, call("arraySum", sure))
    target.define(node.alias, Value(total, Kind.NUMBER) if numbers else constant(None))
    return target


def remarked(relation: Relation, node: Remark) -> Relation:
    """Rows as they are, with a message."""
    if node.sentence:
        relation.context.warn("no-effect", node.sentence, span=node.span)
    return relation
