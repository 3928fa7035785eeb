"""Lowering of `plan.spreading.Spread`: first which names the data has, then a column each."""

from __future__ import annotations

import re

from sqlglot import exp

from pilotage.language.plan.expressions import Field
from pilotage.language.plan.spreading import HeadedLines, Lines, Spread, SpreadNames
from pilotage.language.plan.windows import Explode
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import Sql, any_of, call, infix, lambda_, literal, parameter
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.value import Value, constant, text, unify
from pilotage.model.fields import Kind

DEEPEST = 10
MOST = 1000
_NAME = "name of a field"
_ELEMENT = r"<([A-Za-z_][\w:.-]*)(?:\s[^<>]*)?>([^<]*)</"


def spread(relation: Relation, node: Spread) -> Relation:
    """`spath`, `extract`, `xmlkv`: the columns keep what they had in rows whose text does not name them."""
    names = node.names or relation.context.facts.values(Explode(SpreadNames(node.input, node, _NAME), _NAME), _NAME)
    if len(names) >= MOST:
        relation.context.warn(
            "fields-limited", f"`{node.command}` makes the first {MOST} fields in the order of their names", span=node.span
        )
    target = relation.named()
    pairs = target.project(_pairs(target, node))
    for name in names:
        if target.knows(name):
            target.export(name)
    target.sealed = True
    outer = target.nested()
    for name in names:
        outer.define(name, _column(outer, node, pairs, name))
    return outer


def spread_names(relation: Relation, node: SpreadNames) -> Relation:
    """The names of the pairs in each row, each once."""
    target = relation.named()
    names = call("arrayMap", lambda_("t", call("tupleElement", parameter("t"), 1)), _pairs(target, node.spread))
    target.define(node.alias, Value(call("arrayDistinct", names), Kind.MULTI))
    return target


def _column(outer: Relation, node: Spread, pairs: Sql, name: str) -> Value:
    raws = call(
        "arrayMap",
        lambda_("t", call("tupleElement", parameter("t"), 2)),
        call("arrayFilter", lambda_("t", infix(exp.EQ, call("tupleElement", parameter("t"), 1), literal(name))), pairs),
    )
    before = outer.field(name) if outer.knows(name) else None
    json = node.form in ("json", "object")
    if node.repeated or "{}" in name:
        texts = call("arrayMap", lambda_("r", _plain(parameter("r"))), raws) if json else raws
        found = Value(texts, Kind.MULTI)
    else:
        raw = call("arrayElement", raws, 1)
        plain = _plain(raw) if json else raw
        letter = _letter(raw) if json else None
        found = Value(call("if", call("empty", raws), None, plain), Kind.VALUE, letter)
    there = call("notEmpty", raws)
    return unify([found, before or constant(None)], lambda parts: call("if", there, *parts))


def _plain(raw: Sql) -> Sql:
    return call("if", call("startsWith", raw, '"'), call("JSONExtractString", raw), raw)


def _letter(raw: Sql) -> Sql:
    number = call("if", call("match", raw, "[.eE]"), "d", "i")
    return call("if", call("match", raw, "^[-0-9]"), number, call("translate", call("substring", raw, 1, 1), '"{[tf', "skabb"))


def _pairs(target: Relation, node: Spread) -> Sql:
    """`Array(Tuple(name, value))` of a row."""
    value = Evaluator(target).field(Field(node.field, span=node.span))
    source = call("ifNull", call("arrayStringConcat", value.sql, "\n") if value.kind is Kind.MULTI else text(value), "")
    if node.form == "json":
        return _json_pairs(source)
    if node.form == "object":
        member = call(
            "tuple", call("concat", node.prefix, call("tupleElement", parameter("t"), 1)), call("tupleElement", parameter("t"), 2)
        )
        filled = lambda_("t", infix(exp.NEQ, call("tupleElement", parameter("t"), 2), literal("null")))
        return call("arrayMap", lambda_("t", member), call("arrayFilter", filled, call("JSONExtractKeysAndValuesRaw", source)))
    if node.form == "table":
        return _table_pairs(target, node, source)
    if node.form == "xml":
        return _matched(source, _ELEMENT, lambda_("g", call("tuple", _at(1), _at(2))))
    if node.reach:
        source = call("substringUTF8", source, 1, node.reach)
    joints, gaps = (_inside(characters) for characters in (node.joints, node.gaps))
    pattern = rf'(?:^|[{gaps}])\s*"?([^{gaps}{joints}"]+)"?\s*[{joints}]\s*(?:"((?:[^"\\]|\\.)*)"|([^{gaps}"]*))'
    # The delimiter after one pair is that before the next: each is doubled, so that both find theirs.
    doubled = call("replaceRegexpAll", source, f"([{gaps}])", r"\1\1") if not re.search(r"\s", node.gaps) else source
    name = call("trim", _at(1))
    if node.clean:
        name = call("replaceRegexpAll", name, r"[^\w.:@-]", "_")
    items = _matched(doubled, pattern, lambda_("g", call("tuple", name, call("trim", call("concat", _at(2), _at(3))))))
    filled = call("arrayFilter", lambda_("t", infix(exp.NEQ, call("tupleElement", parameter("t"), 2), literal(""))), items)
    return call("arraySlice", filled, 1, node.limit) if node.limit else filled


def _table_pairs(target: Relation, node: Spread, source: Sql) -> Sql:
    """Words under words; what is beyond the last word of the head belongs to it."""
    head = call("ifNull", text(target.field(node.header) or constant(None)), "")
    words, cells = (call("extractAll", each, r"\S+") for each in (head, source))
    size = call("least", call("length", words), call("length", cells))
    last = call("arrayStringConcat", call("arraySlice", cells, call("length", words)), " ")
    more = call("and", call("notEmpty", words), infix(exp.GT, call("length", cells), call("length", words)))
    fitted = call(
        "if", more, call("arrayPushBack", call("arrayPopBack", call("arrayResize", cells, size)), last), call("arrayResize", cells, size)
    )
    return call("arrayZip", call("arrayResize", words, size), fitted)


_HEADER = "head of a table"


def lined(relation: Relation, node: Lines) -> Relation:
    """`multikv`: lines as rows, then their words as columns."""
    headed = HeadedLines(node.input, node, _HEADER, command=node.command, span=node.span)
    table = Spread(headed, form="table", header=_HEADER, names=node.fields, command=node.command, span=node.span)
    result = spread(headed_lines(relation, headed), table)
    result.columns.pop(_HEADER, None)
    result.hidden.add(_HEADER)
    return result


def headed_lines(relation: Relation, rows: HeadedLines) -> Relation:
    """The lines of the texts as rows, each with the head of its table."""
    node = rows.lines
    target = relation.named()
    source = call("ifNull", text(Evaluator(target).field(Field("_raw", span=node.span))), "")
    lines = call("arrayFilter", lambda_("l", call("match", parameter("l"), r"\S")), call("splitByRegexp", r"\r?\n", source))
    if node.head:
        head: Sql = call("arrayElement", lines, node.head)
    else:
        widest = call("arrayMax", call("arrayMap", lambda_("l", call("length", call("extractAll", parameter("l"), r"\S+"))), lines))
        numbers = call("range", 1, infix(exp.Add, widest, literal(1)))
        head = call(
            "arrayStringConcat", call("arrayMap", lambda_("n", call("concat", "Column_", call("toString", parameter("n")))), numbers), " "
        )
    body = call("arraySlice", lines, node.head + 1)
    if node.terms:
        found = any_of(infix(exp.GT, call("positionCaseInsensitiveUTF8", parameter("l"), term), literal(0)) for term in node.terms)
        body = call("arrayFilter", lambda_("l", found), body)
    items = call("arrayMap", lambda_("l", call("tuple", parameter("l"), head)), body)
    whole = call("array", call("tuple", source, ""))
    if node.keep:
        items = call("arrayConcat", whole, items)
    items = call("if", infix(exp.GT, call("length", lines), literal(max(1, node.head))), items, whole)
    pair = target.project(call("arrayJoin", call("arrayZip", items, call("arrayEnumerate", items))))
    keys = target.export_keys()
    target.sealed = True
    outer = target.nested()
    for name, place in (("_raw", 1), (rows.header, 2)):
        outer.define(name, Value(call("toNullable", call("tupleElement", call("tupleElement", pair, 1), place)), Kind.TEXT))
    # Rows of which nobody asks a column are rows all the same.
    outer.where.append(infix(exp.GT, call("tupleElement", pair, 2), literal(0)))
    outer.order = [*keys, Key(call("tupleElement", pair, 2))]
    return outer


def _at(place: int) -> Sql:
    return call("arrayElement", parameter("g"), place)


def _matched(source: Sql, pattern: str, pair: Sql) -> Sql:
    return call("arrayMap", pair, call("extractAllGroupsVertical", source, pattern))


def _inside(characters: str) -> str:
    """The characters inside the brackets of a regular expression."""
    return "".join(f"\\x{{{ord(character):x}}}" for character in characters)


def _json_pairs(source: Sql) -> Sql:
    """Paths and raw values of all leaves: objects and arrays are opened level by level."""
    whole = call("array", call("tuple", "", call("trimBoth", source)))
    items: Sql = call("arrayFlatten", call("arrayMap", lambda_("t", _opened(first=True)), whole))
    for _ in range(DEEPEST - 1):
        items = call("arrayFlatten", call("arrayMap", lambda_("t", _opened(first=False)), items))
    item = call("tupleElement", parameter("t"), 2)
    return call("arrayFilter", lambda_("t", infix(exp.NEQ, item, literal("null"))), items)


def _opened(*, first: bool) -> Sql:
    path, raw = call("tupleElement", parameter("t"), 1), call("tupleElement", parameter("t"), 2)
    key = call("tupleElement", parameter("k"), 1)
    inner = call("tuple", key if first else call("concat", path, ".", key), call("tupleElement", parameter("k"), 2))
    members = call("arrayMap", lambda_("k", inner), call("JSONExtractKeysAndValuesRaw", raw))
    items = call("arrayMap", lambda_("v", call("tuple", call("concat", path, "{}"), parameter("v"))), call("JSONExtractArrayRaw", raw))
    other = call("arrayResize", call("array", parameter("t")), 0) if first else call("array", parameter("t"))
    return call("multiIf", call("startsWith", raw, "{"), members, call("startsWith", raw, "["), items, other)
