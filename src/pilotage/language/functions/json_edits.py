"""JSON texts changed: members set, added, taken away; each gives the whole text back, and null for what is no object or array."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, call, infix, lambda_, literal, parameter
from pilotage.language.sql.json_paths import Step, json_argument, steps_of
from pilotage.language.sql.signature import Site, function, refuse
from pilotage.language.sql.value import Value, text
from pilotage.model.fields import Kind

Change = Callable[[Sql], Sql]
"""What becomes of the raw JSON at a place; '' is nothing, before and after."""


def _named(raw: Sql, name: str, body: Callable[[Sql], Sql]) -> Sql:
    """`body` over `raw` under a name, so that what is long is written once."""
    return call("arrayElement", call("arrayMap", lambda_(name, body(parameter(name))), call("array", raw)), 1)


def _is(raw: Sql, opening: str) -> Sql:
    return call("startsWith", raw, opening)


def _changed(raw: Sql, steps: Sequence[Step], change: Change, depth: int = 0) -> Sql:
    """`raw` with `change` made at the place `steps` lead to; objects on the way are made, a missing place in an array is not."""
    if not steps:
        return change(raw)
    step, rest = steps[0], steps[1:]
    name = f"j{depth}"
    if isinstance(step, str):
        return _named(raw, name, lambda doc: _in_object(doc, step, rest, change, depth))
    return _named(raw, name, lambda doc: _in_array(doc, step, rest, change, depth))


def _in_object(doc: Sql, key: str, rest: Sequence[Step], change: Change, depth: int) -> Sql:
    pairs = call("JSONExtractKeysAndValuesRaw", doc)
    new = _changed(call("JSONExtractRaw", doc, key), rest, change, depth + 1)
    pair, fresh = parameter(f"p{depth}"), parameter(f"n{depth}")

    def of(pair_: Sql, place: int) -> Sql:
        return call("tupleElement", pair_, place)

    replaced = call("if", infix(exp.EQ, of(pair, 1), literal(key)), call("tuple", of(pair, 1), fresh), pair)
    kept = call("arrayMap", lambda_(f"p{depth}", replaced), pairs)
    added = call("if", call("JSONHas", doc, key), call("arrayResize", pairs, 0), call("array", call("tuple", key, fresh)))
    whole = call("arrayFilter", lambda_("q", infix(exp.NEQ, of(parameter("q"), 2), literal(""))), call("arrayConcat", kept, added))
    members = call("arrayMap", lambda_("q", call("concat", call("toJSONString", of(parameter("q"), 1)), ":", of(parameter("q"), 2))), whole)
    made = _named(new, f"n{depth}", lambda _: call("concat", "{", call("arrayStringConcat", members, ","), "}"))
    return call("if", infix(exp.Or, _is(doc, "{"), infix(exp.EQ, doc, literal(""))), made, doc)


def _in_array(doc: Sql, place: int | None, rest: Sequence[Step], change: Change, depth: int) -> Sql:
    items = call("JSONExtractArrayRaw", doc)
    name, number = f"p{depth}", f"i{depth}"
    new = _changed(parameter(name), rest, change, depth + 1)
    body = new if place is None else call("if", infix(exp.EQ, parameter(number), literal(place + 1)), new, parameter(name))
    each = exp.Lambda(this=body, expressions=[exp.Identifier(this=name), exp.Identifier(this=number)])
    mapped = call("arrayMap", each, items, call("arrayEnumerate", items))
    kept = call("arrayFilter", lambda_("q", infix(exp.NEQ, parameter("q"), literal(""))), mapped)
    made = call("concat", "[", call("arrayStringConcat", kept, ","), "]")
    return call("if", _is(doc, "["), made, doc)


def _document(site: Site) -> Sql:
    return call("ifNull", text(site.arguments[0]), "")


def _result(site: Site, made: Sql) -> Value:
    """The new text, null unless there was an object or array to change."""
    valid = infix(exp.And, call("isValidJSON", _document(site)), call("match", _document(site), r"^\s*[\[{]"))
    return Value(call("if", valid, made, None), Kind.TEXT)


def _edited(site: Site, path: Callable[[Site, int], Sequence[Step]], change: Callable[[Sql, Sql], Sql]) -> Value:
    """The document after a change at each (path, value) pair, in order."""
    if len(site.arguments) % 2 == 0:
        raise refuse(site, "takes a document, then pairs of a path and a value")
    document = call("trim", _document(site))
    for index in range(1, len(site.arguments), 2):
        value = call("ifNull", json_argument(site, index + 1), "null")
        document = _changed(document, path(site, index), lambda old, v=value: change(old, v))  # type: ignore[misc]  # defaults of a lambda
    return _result(site, document)


def _path(site: Site, index: int) -> Sequence[Step]:
    written = site.text_constant(index)
    return steps_of(site, written) if written else ()


def _literally(site: Site, index: int) -> Sequence[Step]:
    return (site.text_constant(index),)


def _set(old: Sql, value: Sql) -> Sql:
    del old
    return value


def _inner(value: Sql) -> Sql:
    """The members of a raw array, without its brackets."""
    return call("trim", call("substring", value, 2, infix(exp.Sub, call("length", value), literal(2))))


def _joined(old: Sql, members: Sql) -> Sql:
    """A raw array with members (text, '' = none) put after its own; anything but an array stays."""
    own = _inner(old)
    parts = call("arrayFilter", lambda_("q", infix(exp.NEQ, parameter("q"), literal(""))), call("array", own, members))
    return call("if", _is(old, "["), call("concat", "[", call("arrayStringConcat", parts, ","), "]"), old)


def _append(old: Sql, value: Sql) -> Sql:
    return _joined(old, value)


def _extend(old: Sql, value: Sql) -> Sql:
    return _joined(old, call("if", _is(value, "["), _inner(value), value))


json_set = function(
    "json_set",
    3,
    None,
    help="The document with values at paths, made where missing.",
    examples=(('json_set("{\\"a\\":{\\"b\\":1}}", "a.b", 2, "c", "x")', '{"a":{"b":2},"c":"x"}'),),
)(lambda site: _edited(site, _path, _set))
json_set_exact = function(
    "json_set_exact",
    3,
    None,
    help="As `json_set`, each key taken literally.",
    examples=(('json_set_exact("{}", "a.b", 1)', '{"a.b":1}'),),
)(lambda site: _edited(site, _literally, _set))
json_append = function(
    "json_append",
    3,
    None,
    help="The document with values put at the end of the arrays at paths.",
    examples=(('json_append("{\\"a\\":[1]}", "a", json_array(2))', '{"a":[1,[2]]}'),),
)(lambda site: _edited(site, _path, _append))
json_extend = function(
    "json_extend",
    3,
    None,
    help="As `json_append`, an array's members one by one.",
    examples=(('json_extend("{\\"a\\":[1]}", "a", json_array(2, 3))', '{"a":[1,2,3]}'),),
)(lambda site: _edited(site, _path, _extend))


@function(
    "json_delete",
    2,
    None,
    help="The document without what paths lead to.",
    examples=(('json_delete("{\\"a\\":1,\\"b\\":{\\"c\\":2,\\"d\\":3}}", "a", "b.c")', '{"b":{"d":3}}'),),
)
def json_delete(site: Site) -> Value:
    """`json_delete(json, path, …)`."""
    document = call("trim", _document(site))
    for index in range(1, len(site.arguments)):
        document = _removed(document, steps_of(site, site.text_constant(index)))
    return _result(site, document)


def _removed(document: Sql, steps: Sequence[Step]) -> Sql:
    """Without the place: nothing is made on the way to a place that is not there."""
    keys = [s + 1 if isinstance(s, int) else s for s in steps if s is not None]
    less = _changed(document, steps, lambda _: literal(""))
    return less if None in steps else call("if", call("JSONHas", document, *keys), less, document)
