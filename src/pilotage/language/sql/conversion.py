"""Lowering of `convert` and `tojson`: values of a row in another form."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from pilotage.language.plan.cells import Convert, ToJson
from pilotage.language.plan.expressions import Call, Field, Literal
from pilotage.language.sql.cells import every_name
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import Sql, call, infix, json_key, lambda_, literal, parameter
from pilotage.language.sql.names import has_star, matching, substituted
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.value import Value, json, number, parsed, text, unify
from pilotage.model.fields import Kind

_DURATION = r"^\s*(?:(\d+)\+)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s*$"
_MILLISECONDS = r"^\s*(?:(\d+):)?(\d+(?:\.\d+)?)\s*$"
_MEMORY = r"^\s*([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)\s*([kKmMgG]?)[bB]?\s*$"
_UNIT = r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_COMMAS = r"^\s*[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\s*$"


def _group(groups: Sql, place: int, scale: float) -> Sql:
    return infix(exp.Mul, call("toFloat64OrZero", call("arrayElement", groups, place)), literal(scale))


def _sum(source: Sql, pattern: str, scales: tuple[float, ...]) -> Sql:
    """The groups of a pattern as numbers, each times its scale, added up; null without a match."""
    groups = call("extractGroups", source, pattern)
    total = _group(groups, 1, scales[0])
    for place, scale in enumerate(scales[1:], 2):
        total = infix(exp.Add, total, _group(groups, place, scale))
    return call("if", call("match", source, pattern), total, None)


def _memory(source: Sql) -> Sql:
    groups = call("extractGroups", source, _MEMORY)
    unit = call("lower", call("arrayElement", groups, 2))
    scale = call("multiIf", infix(exp.EQ, unit, literal("m")), 1024, infix(exp.EQ, unit, literal("g")), 1048576, 1)
    value = infix(exp.Mul, call("toFloat64OrZero", call("arrayElement", groups, 1)), scale)
    return call("if", call("match", source, _MEMORY), value, None)


def _automatic(source: Sql) -> Sql:
    commas = call("if", call("match", source, _COMMAS), parsed(call("replaceAll", source, ",", "")), None)
    return call("coalesce", parsed(source), commas, _sum(source, _DURATION, (86400, 3600, 60, 1)), _memory(source))


_NUMBERS: dict[str, Callable[[Sql], Sql]] = {
    "auto": _automatic,
    "dur2sec": lambda source: call("coalesce", parsed(source), _sum(source, _DURATION, (86400, 3600, 60, 1))),
    "mstime": lambda source: _sum(source, _MILLISECONDS, (60, 1)),
    "memk": _memory,
    "rmunit": lambda source: parsed(call("nullIf", call("arrayElement", call("extractGroups", source, _UNIT), 1), "")),
}


def converted(relation: Relation, node: Convert) -> Relation:
    """`convert`."""
    target = relation.named()
    kept = {name for each in node.conversions if each.function == "none" for name in _names(target, each.field, node)}
    for each in node.conversions:
        if each.function == "none":
            continue
        for name in _names(target, each.field, node):
            if has_star(each.field) and name in kept:
                continue
            alias = name if each.alias is None else substituted(each.field, each.alias, name) if has_star(each.field) else each.alias
            target.define(alias, _conversion(Evaluator(target), each.function, name, node))
    return target


def _names(target: Relation, pattern: str, node: Convert) -> list[str]:
    return matching(pattern, every_name(target, node.input)) if has_star(pattern) else [pattern]


def _conversion(evaluator: Evaluator, function: str, name: str, node: Convert) -> Value:
    field = Field(name, span=node.span)
    value = evaluator.field(field)
    if value.is_null:
        return value
    if function == "ctime":
        shown = evaluator.value(Call("strftime", (field, Literal(node.format)), span=node.span))
        return _or(shown, value) if value.kind is not Kind.TIME else shown
    if function == "mktime":
        return evaluator.value(Call("strptime", (field, Literal(node.format)), span=node.span))
    if function == "num":
        return Value(number(value), Kind.NUMBER)
    source = text(value)
    if function == "rmcomma":
        return Value(call("replaceAll", source, ",", ""), Kind.VALUE)
    found = Value(_NUMBERS[function](call("ifNull", source, "")), Kind.NUMBER)
    if function in {"auto", "rmunit"}:
        return _or(found, value)
    return found


def _or(found: Value, value: Value) -> Value:
    """What was found, or else the value as it was."""
    there = call("isNotNull", found.sql)
    return unify([found, value], lambda parts: call("if", there, *parts))


def to_json(relation: Relation, node: ToJson) -> Relation:
    """`tojson`."""
    target = relation.named()
    known = every_name(target, node.input)
    chosen: dict[str, str] = {}
    for kind, pattern in node.members or ((node.default, "*"),):
        chosen.update(dict.fromkeys([n for n in _meant(pattern, known, node) if n not in chosen], kind))
    pieces: list[Sql] = []
    for name, kind in chosen.items():
        value = Evaluator(target).field(Field(name, span=node.span))
        shown: Sql = exp.null() if value.is_null else _member(value, kind)
        empty = f",{json_key(name)}:null" if node.fill_null else ""
        pieces.append(call("ifNull", call("concat", f",{json_key(name)}:", shown), empty))
    body = call("substring", call("concat", *pieces, ""), 2)
    target.define(node.target, Value(call("concat", "{", body, "}"), Kind.TEXT))
    return target


def _meant(pattern: str, known: list[str], node: ToJson) -> list[str]:
    if not has_star(pattern):
        return [pattern]
    inner = [n for n in known if n.startswith("_")] if node.internal and pattern.startswith("*") else []
    return matching(pattern, known) + inner


def _member(value: Value, kind: str) -> Sql:
    """The JSON text of a value; null where it is none of that type."""
    if kind == "none":
        return json(value)
    if value.kind is Kind.MULTI:
        item = _scalar(parameter("m"), kind)
        items = call("arrayFilter", lambda_("j", call("isNotNull", parameter("j"))), call("arrayMap", lambda_("m", item), value.sql))
        joined = call(
            "concat", "[", call("arrayStringConcat", call("arrayMap", lambda_("j", call("assumeNotNull", parameter("j"))), items), ","), "]"
        )
        return call("if", call("empty", value.sql), None, joined)
    return _scalar(text(value), kind)


_TRUTHS = ("true", "t", "yes", "1")
_FALSEHOODS = ("false", "f", "no", "0")


def _scalar(source: Sql, kind: str) -> Sql:
    quoted = call("toJSONString", source)
    numeric = call("if", call("isNotNull", parsed(source)), call("toString", parsed(source)), None)
    if kind == "str":
        return quoted
    if kind == "num":
        return numeric
    lowered = call("lower", source)
    truth = call(
        "multiIf", call("has", call("array", *_TRUTHS), lowered), "true", call("has", call("array", *_FALSEHOODS), lowered), "false", None
    )
    if kind == "bool":
        return truth
    valid = call("if", call("isValidJSON", call("ifNull", source, "")), source, None)
    if kind == "json":
        return valid
    literal_truth = call("if", call("has", call("array", "true", "false"), lowered), lowered, None)
    structured = call("if", call("match", source, r"^\s*[\[{]"), valid, None)
    return call("coalesce", numeric, literal_truth, structured, quoted)
