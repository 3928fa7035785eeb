"""`rex`, and `bin`: columns made from the text or the size of another."""

from __future__ import annotations

import re

from sqlglot import exp

from pilotage.language.plan.expressions import Field
from pilotage.language.plan.nodes import Bin, Extract
from pilotage.language.plan.parsing import Regex, group_count, regex_of
from pilotage.language.sql.buckets import Bucket, nice_span, number_label
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import Sql, call, infix, lambda_, literal, parameter
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.series import bucket_of
from pilotage.language.sql.value import Value, constant, number, text, unify
from pilotage.model.fields import Kind
from pilotage.model.problem import PilotageError, fail

BEYOND_RE2 = re.compile(r"\(\?(?:=|!|<=|<!|>|\()|(?<!\\)(?:\\\\)*\\[1-9]|[*+?}]\+")
"""Look-around, atomic groups, conditions, back-references, possessive repeats: what RE2 does not run."""


def missing_group(pattern: str, replacement: str) -> int | None:
    r"""The first group that a replacement names by `\1` … `\9` and the pattern does not have."""
    count = group_count(pattern)
    named = (int(found[1]) for found in re.finditer(r"\\(?:\\|(\d))", replacement) if found[1])
    return next((group for group in named if group > count), None)


def extracted(relation: Relation, node: Extract) -> Relation:
    """`rex`: named groups become columns; a row without a match keeps what it had."""
    target = relation.named()
    value = Evaluator(target).field(Field(node.source, span=node.span))
    source = call("ifNull", text(value), "")
    if node.sed:
        target.define(node.source, Value(_sed(text(value), node), Kind.TEXT))
        return target
    if BEYOND_RE2.search(node.pattern):
        raise _beyond(node)
    pattern = regex_of(node.pattern)
    if not pattern.groups:
        raise fail("no-groups", "the pattern has no named group such as `(?<name>…)`", span=node.span)
    if value.kind is Kind.MULTI:
        source = call("arrayStringConcat", value.sql, "\n")
    found = target.project(_matches(source, pattern.text, node.max_match))
    for name in dict.fromkeys(n for n, _ in pattern.groups):
        if target.knows(name):
            target.export(name)
    target.sealed = True
    outer = target.nested()
    for name, place in pattern.groups:
        before = outer.field(name) if outer.knows(name) else None
        outer.define(name, _group(found, place, node.max_match, before))
    if node.offset_field:
        outer.define(node.offset_field, Value(_offsets(source_of(outer, node), found, pattern), Kind.TEXT))
    return outer


def source_of(outer: Relation, node: Extract) -> Sql:
    """The searched text over the outer SELECT."""
    value = outer.field(node.source)
    return call("ifNull", text(value), "") if value is not None else literal("")


def _beyond(node: Extract) -> PilotageError:
    return fail(
        "regex-unsupported",
        "look-around, back-references and possessive repeats do not run in the engine",
        span=node.span,
        hint="write the pattern without them",
    )


def _matches(source: Sql, pattern: str, limit: int) -> Sql:
    if limit == 1:
        return call("extractGroups", source, pattern)
    every = call("extractAllGroupsVertical", source, pattern)
    return every if limit == 0 else call("arraySlice", every, 1, limit)


def _group(found: Sql, place: int, limit: int, before: Value | None) -> Value:
    if limit == 1:
        value = Value(call("nullIf", call("arrayElement", found, place), ""), Kind.VALUE)
        return value if before is None else unify([value, before], lambda parts: call("ifNull", *parts))
    texts = call("arrayMap", lambda_("g", call("arrayElement", parameter("g"), place)), found)
    value = Value(call("arrayFilter", lambda_("g", infix(exp.NEQ, parameter("g"), literal(""))), texts), Kind.MULTI)
    if before is None:
        return value
    return unify([value, before], lambda parts: call("if", call("notEmpty", parts[0]), *parts))


def _offsets(source: Sql, found: Sql, pattern: Regex) -> Sql:
    """`name=begin-end` of each group of the first match, joined by `&`; offsets are 0-based and inclusive."""
    items: list[Sql] = []
    for name, place in pattern.groups:
        group = call("arrayElement", found, place)
        begin = infix(exp.Sub, call("position", source, group), literal(1))
        end = infix(exp.Sub, infix(exp.Add, begin, call("length", group)), literal(1))
        items.append(call("concat", f"{name}=", call("toString", begin), "-", call("toString", end)))
    joined = call("arrayStringConcat", call("array", *items), "&")
    return call("if", call("empty", found), None, joined)


def _sed(source: Sql, node: Extract) -> Sql:
    """`s/re/replacement/flags` and `y/abc/xyz/`."""
    script = node.pattern.strip()
    if len(script) < 4 or script[0] not in "sy":
        raise fail("bad-sed", "a sed script is `s/pattern/replacement/flags` or `y/from/to/`", span=node.span)
    mark = script[1]
    parts = re.split(rf"(?<!\\){re.escape(mark)}", script[2:])
    if len(parts) != 3:
        raise fail("bad-sed", f"a sed script has three `{mark}`", span=node.span)
    first, second, flags = (p.replace("\\" + mark, mark) for p in parts)
    if script[0] == "y":
        if len(first) != len(second):
            raise fail("bad-sed", "both sides of `y` must have the same length", span=node.span)
        return call("translateUTF8", source, first, second)
    if BEYOND_RE2.search(first):
        raise _beyond(node)
    pattern = ("(?i)" if "i" in flags.lower() else "") + regex_of(first).text
    replacement = re.sub(r"(?<!\\)&", r"\\0", second)
    if (group := missing_group(pattern, replacement)) is not None:
        raise fail("bad-sed", f"the replacement names the group `\\{group}`, which the pattern does not have", span=node.span)
    return call("replaceRegexpAll" if "g" in flags else "replaceRegexpOne", source, pattern, replacement)


def binned(relation: Relation, node: Bin) -> Relation:
    """`bin`: times become the start of their bucket, numbers a `"30-40"` text, other texts stay."""
    target = relation.named()
    value = Evaluator(target).field(Field(node.field, span=node.span))
    if value.kind is Kind.TIME or node.unit or node.field == "_time":
        bounds = (_nanoseconds(node.start), _nanoseconds(node.end))
        bucket = bucket_of(target, node, bounds, node.input)
        target.define(node.alias, _time_bucket(value, bucket))
        return target
    plain = number(value)
    if node.span_value is not None:
        target.define(node.alias, _labelled(value, plain, literal(node.span_value)))
        return target
    width = target.project(nice_span(plain, node.bins, node.start, node.end))
    target.export(node.field)
    target.sealed = True
    outer = target.nested()
    seen = outer.field(node.field) or constant(None)
    outer.define(node.alias, _labelled(seen, number(seen), width))
    return outer


def _labelled(value: Value, plain: Sql, span: Sql) -> Value:
    label = number_label(plain, span)
    return Value(label if value.kind is Kind.NUMBER else call("ifNull", label, text(value)), Kind.TEXT)


def _time_bucket(value: Value, bucket: Bucket) -> Value:
    if value.kind is Kind.TIME:
        return Value(bucket.start(value.sql), Kind.TIME)
    step = literal(float(bucket.seconds))
    return Value(infix(exp.Mul, call("floor", infix(exp.Div, number(value), step)), step), Kind.NUMBER)


def _nanoseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e9)
