"""Commands that keep the rows and change columns, or only choose rows: filter, eval, fields, table, rename, fillnull."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.plan.expressions import Binary, Expression, Field, Literal
from pilotage.language.plan.nodes import Extend, FillNull, Filter, Node, Project, Rename
from pilotage.language.sql.comparison import equals_text
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import Sql, call, infix, literal, weight
from pilotage.language.sql.names import has_star, matching, substituted
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.sources import field_names, note_uses
from pilotage.language.sql.value import NUMERIC, Value, constant, may_list, multi, text, unify
from pilotage.model.fields import Kind
from pilotage.model.problem import fail

HEAVY = 4


def filtered(relation: Relation, node: Filter) -> Relation:
    """Rows whose condition is true."""
    target = relation.writable()
    used = field_names(node.condition)
    if any(weight(target.columns[n].sql) > HEAVY for n in used if n in target.columns):
        target = target.nested()
    note_uses(target, *used)
    evaluator = Evaluator(target)
    for part in evaluator.terms("AND", node.condition):
        target.where.append(_cheap(evaluator, part) or evaluator.condition(part))
    return target


def _cheap(evaluator: Evaluator, part: Expression) -> Sql | None:
    """`field = "text"` at the top of a condition needs no null: the stored text itself is compared."""
    if not (isinstance(part, Binary) and part.op == "=" and isinstance(part.left, Field) and isinstance(part.right, Literal)):
        return None
    known = part.right.value
    if not isinstance(known, str) or not known or NUMERIC.fullmatch(known):
        return None
    value = evaluator.field(part.left)
    return equals_text(value, known) if value.plain is not None and not may_list(value) else None


def extended(relation: Relation, node: Extend, inputs: Node) -> Relation:
    """`eval`: assignments left to right; one that uses a costly earlier one starts a SELECT around it."""
    target = relation.named()
    heavy: set[str] = set()
    for name, expression in node.assignments:
        if heavy & field_names(expression):
            target = target.nested()
            heavy = set()
        value = Evaluator(target).value(expression)
        if name.startswith("{") and name.endswith("}"):
            _dynamic(target, name[1:-1], value, inputs)
            continue
        target.define(name, value)
        if weight(value.sql) > HEAVY:
            heavy.add(name)
    return target


def _dynamic(target: Relation, name: str, value: Value, inputs: Node) -> None:
    """A column a distinct value of the field `name`: the values are a fact of the input."""
    chosen = target.field(name)
    if chosen is None:
        return
    for found in target.context.facts.values(inputs, name):
        before = target.field(found) if target.knows(found) else None
        here = infix(exp.EQ, call("ifNull", text(chosen), ""), literal(found))
        parts = [value, before if before is not None else constant(None)]
        target.define(found, unify(parts, lambda sqls, here=here: call("if", here, *sqls)))  # type: ignore[misc]


def projected(relation: Relation, node: Project) -> Relation:
    """`table`, `fields +`, `fields -`."""
    target = relation.writable()
    known = target.wildcard_names()
    if node.mode == "drop":
        dropped = {n for p in node.patterns for n in (matching(p, known) if has_star(p) else [p, target.spelled(p)])}
        shown = [n for n in target.names() if n not in dropped]
        target.hidden |= dropped
        for name in dropped & set(target.columns):
            del target.columns[name]
        target.shown = shown
        return target
    names: list[str] = []
    for pattern in node.patterns:
        found = matching(pattern, known)
        if not found and target.knows(pattern):
            found = [pattern]
        elif not found and not has_star(pattern):
            _unknown(target, pattern, known)
            found = [pattern] if node.mode == "table" else []
        names += [n for n in found if n not in names]
    if node.mode == "keep":
        names += [n for n in ("_time", "_raw") if n not in names and n in target.names()]
    target.allowed = frozenset(names) if not target.closed else frozenset(names) & (target.allowed or frozenset())
    target.columns = {n: v for n, v in target.columns.items() if n in names}
    target.closed = True
    target.shown = names
    return target


def _unknown(target: Relation, name: str, known: list[str]) -> None:
    if known:
        target.context.unknown_field(name, known)


def renamed(relation: Relation, node: Rename) -> Relation:
    """`rename`: all pairs at once; a source that exists nowhere makes an existing target null."""
    target = relation.writable()
    known = target.wildcard_names()
    shown = target.names()
    moves: list[tuple[str, str, Value]] = []
    for source, destination in _pairs(node, known):
        if target.knows(source):
            value = target.field(source)
            moves.append((source, destination, value if value is not None else constant(None)))
        elif target.knows(destination):
            target.columns[destination] = constant(None)
        else:
            _unknown(target, source, known)
    for source, _, _ in moves:
        target.columns.pop(source, None)
        target.hidden.add(source)
    for _, destination, value in moves:
        target.columns[destination] = value
        target.hidden.discard(destination)
    targets = {source: destination for source, destination, _ in moves}
    kept = [targets.get(n, n) for n in shown if n in targets or n not in targets.values()]
    target.shown = list(dict.fromkeys([*kept, *targets.values()]))
    return target


def _pairs(node: Rename, known: list[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for source, destination in node.pairs:
        if not has_star(source):
            pairs.append((source, destination))
            continue
        if source.count("*") != destination.count("*"):
            raise fail("wildcard-mismatch", f"`{source}` and `{destination}` need the same number of `*`", span=node.span)
        pairs += [(n, substituted(source, destination, n)) for n in matching(source, known)]
    return [p for p in pairs if p[0] != p[1]]


def filled(relation: Relation, node: FillNull, inputs: Node) -> Relation:
    """`fillnull`: named fields are made if need be; without names, every column with a value somewhere."""
    target = relation.named()
    names = list(node.fields) or target.names()
    if not node.fields and target.open:
        names = [n for n in target.context.facts.names(inputs) if n not in target.hidden]
    fill: str | float = float(node.value) if NUMERIC.fullmatch(node.value) else node.value
    replacement = constant(int(fill) if isinstance(fill, float) and fill.is_integer() else fill)
    for name in names:
        value = (target.field(name) if target.knows(name) else None) or constant(None)
        target.define(name, _with(value, replacement))
    return target


def _with(value: Value, replacement: Value) -> Value:
    if value.kind is Kind.MULTI:
        return Value(call("if", call("empty", value.sql), multi(replacement), value.sql), Kind.MULTI)
    return unify([value, replacement], lambda parts: call("ifNull", *parts))
