"""JSON texts: making them and reading paths out of them."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, call, infix, lambda_, literal, parameter
from pilotage.language.sql.json_paths import json_argument, steps_of
from pilotage.language.sql.signature import Function, Site, function, refuse
from pilotage.language.sql.value import Value, json, multi, text
from pilotage.model.fields import Kind


def _leaf(raw: Sql) -> Sql:
    """The text of a raw JSON value: strings without their quotes, null for null and for nothing."""
    plain = call("if", call("startsWith", raw, '"'), call("JSONExtractString", raw), raw)
    return call("if", infix(exp.Or, infix(exp.EQ, raw, literal("")), infix(exp.EQ, raw, literal("null"))), None, plain)


def at_path(site: Site, source: Sql, path: str) -> Value:
    """What a path leads to; a path with `{}` gives every member."""
    steps = steps_of(site, path)
    raw = call("ifNull", source, "")
    if None not in steps:
        keys = [s + 1 if isinstance(s, int) else s for s in steps if s is not None]
        return Value(_leaf(call("JSONExtractRaw", raw, *keys)), Kind.VALUE)
    items: Sql = call("array", raw)
    for step in steps:
        if step is None:
            items = call("arrayFlatten", call("arrayMap", lambda_("j", call("JSONExtractArrayRaw", parameter("j"))), items))
        else:
            key = step + 1 if isinstance(step, int) else step
            items = call("arrayMap", lambda_("j", call("JSONExtractRaw", parameter("j"), key)), items)
    kept = call("arrayFilter", lambda_("j", call("not", call("has", call("array", "", "null"), parameter("j")))), items)
    return Value(call("arrayMap", lambda_("j", call("assumeNotNull", _leaf(parameter("j")))), kept), Kind.MULTI)


@function("spath", 2, help="What a path leads to in a JSON text.", examples=(('spath("{\\"a\\":{\\"b\\":[1,2]}}", "a.b{1}")', "2"),))
def spath(site: Site) -> Value:
    """`spath(json, path)`."""
    return at_path(site, text(site.arguments[0]), site.text_constant(1))


@function(
    "json_extract",
    1,
    None,
    help="What one or more paths lead to; several as a JSON array.",
    examples=(('json_extract("{\\"a\\":7}", "a")', "7"),),
)
def json_extract(site: Site) -> Value:
    """`json_extract(json[, path…])`."""
    source = text(site.arguments[0])
    if len(site.arguments) == 1:
        return Value(source, Kind.TEXT)
    found = [at_path(site, source, site.text_constant(i)) for i in range(1, len(site.arguments))]
    if len(found) == 1:
        return found[0]
    parts = call("array", *(call("ifNull", json(v), "null") for v in found))
    return Value(call("concat", "[", call("arrayStringConcat", parts, ","), "]"), Kind.TEXT)


@function(
    "json_object", 0, None, help="A JSON object of keys and values.", examples=(('json_object("a", 1, "b", "x")', '{"a":1,"b":"x"}'),)
)
def json_object(site: Site) -> Value:
    """`json_object(key, value, …)`."""
    if len(site.arguments) % 2:
        raise refuse(site, "takes pairs of a key and a value")
    members: list[Sql] = []
    for index in range(0, len(site.arguments), 2):
        key = call("toJSONString", call("ifNull", text(site.arguments[index]), ""))
        members.append(call("concat", key, ":", call("ifNull", json_argument(site, index + 1), "null")))
    body = call("arrayStringConcat", call("array", *members), ",") if members else literal("")
    return Value(call("concat", "{", body, "}"), Kind.TEXT)


@function("json_array", 0, None, help="A JSON array of the values.", examples=(('json_array(1, "a")', '[1,"a"]'),))
def json_array(site: Site) -> Value:
    """`json_array(value, …)`."""
    members = [call("ifNull", json_argument(site, i), "null") for i in range(len(site.arguments))]
    body = call("arrayStringConcat", call("array", *members), ",") if members else literal("")
    return Value(call("concat", "[", body, "]"), Kind.TEXT)


json_valid = function("json_valid", 1, help="Whether the text is JSON.", examples=(('if(json_valid("{}"), 1, 0)', "1"),))(
    lambda site: Value(call("isValidJSON", call("ifNull", text(site.arguments[0]), "")), Kind.BOOLEAN)
)


@function(
    "json_extract_exact",
    1,
    None,
    help="As `json_extract`, each key taken literally.",
    examples=(('json_extract_exact("{\\"a.b\\":7}", "a.b")', "7"),),
)
def json_extract_exact(site: Site) -> Value:
    """`json_extract_exact(json[, key…])`."""
    source = call("ifNull", text(site.arguments[0]), "")
    found = [Value(_leaf(call("JSONExtractRaw", source, site.text_constant(i))), Kind.VALUE) for i in range(1, len(site.arguments))]
    if len(found) < 2:
        return found[0] if found else Value(text(site.arguments[0]), Kind.TEXT)
    parts = call("array", *(call("ifNull", json(v), "null") for v in found))
    return Value(call("concat", "[", call("arrayStringConcat", parts, ","), "]"), Kind.TEXT)


json_has_key_exact = function(
    "json_has_key_exact",
    2,
    help="Whether an object has a key, taken literally.",
    examples=(('if(json_has_key_exact("{\\"a.b\\":7}", "a.b"), 1, 0)', "1"),),
)(lambda site: Value(call("toBool", call("JSONHas", text(site.arguments[0]), site.text_constant(1))), Kind.BOOLEAN))


@function(
    "json_entries",
    1,
    help="The members of an object as a JSON array of objects with `key` and `value`.",
    examples=(('json_entries("{\\"a\\":1}")', '[{"key":"a","value":1}]'),),
)
def json_entries(site: Site) -> Value:
    """`json_entries(json)`; null for what is no object."""
    source = call("ifNull", text(site.arguments[0]), "")
    pair = parameter("p")
    entry = call("concat", '{"key":', call("toJSONString", call("tupleElement", pair, 1)), ',"value":', call("tupleElement", pair, 2), "}")
    entries = call("arrayStringConcat", call("arrayMap", lambda_("p", entry), call("JSONExtractKeysAndValuesRaw", source)), ",")
    return Value(call("if", _of_type(source, "Object"), call("concat", "[", entries, "]"), None), Kind.TEXT)


def _of_type(source: Sql, name: str) -> Sql:
    return infix(exp.EQ, call("toString", call("JSONType", source)), literal(name))


def _shape(name: str, word: str) -> Function:
    article = "an array" if word == "Array" else "an object"
    example = "[1]" if word == "Array" else "{}"
    return function(name, 1, help=f"Whether the text is {article} in JSON.", examples=((f'if({name}("{example}"), 1, 0)', "1"),))(
        lambda site: Value(_of_type(call("ifNull", text(site.arguments[0]), ""), word), Kind.BOOLEAN)
    )


isarray = _shape("isarray", "Array")
isobject = _shape("isobject", "Object")


@function(
    "toarray", 1, help="A JSON array, or a multivalue, as JSON array; null for anything else.", examples=(('toarray("[1, 2]")', "[1, 2]"),)
)
def toarray(site: Site) -> Value:
    """`toarray(x)`."""
    value = site.arguments[0]
    if value.kind is Kind.MULTI:
        return Value(call("nullIf", call("toJSONString", value.sql), "[]"), Kind.TEXT)
    return Value(call("if", _of_type(call("ifNull", text(value), ""), "Array"), text(value), None), Kind.TEXT)


toobject = function("toobject", 1, help="A JSON object; null for anything else.", examples=(('toobject("{\\"a\\":1}")', '{"a":1}'),))(
    lambda site: Value(
        call("if", _of_type(call("ifNull", text(site.arguments[0]), ""), "Object"), text(site.arguments[0]), None), Kind.TEXT
    )
)
json_keys = function("json_keys", 1, help="The keys of an object as a JSON array.", examples=(('json_keys("{\\"a\\":1}")', '["a"]'),))(
    lambda site: Value(
        call(
            "if",
            _of_type(call("ifNull", text(site.arguments[0]), ""), "Object"),
            call("toJSONString", call("JSONExtractKeys", call("ifNull", text(site.arguments[0]), ""))),
            None,
        ),
        Kind.TEXT,
    )
)
json_array_to_mv = function(
    "json_array_to_mv", 1, help="The members of a JSON array as a multivalue.", examples=(('mvcount(json_array_to_mv("[1,2]"))', "2"),)
)(lambda site: Value(call("JSONExtract", call("ifNull", text(site.arguments[0]), ""), "Array(String)"), Kind.MULTI))
mv_to_json_array = function(
    "mv_to_json_array", 1, help="A multivalue as a JSON array.", examples=(('mv_to_json_array(split("a,b", ","))', '["a","b"]'),)
)(lambda site: Value(call("toJSONString", multi(site.arguments[0])), Kind.TEXT))
tojson = function("tojson", 1, help="The value as JSON text.", examples=(('tojson("a")', '"a"'),))(
    lambda site: Value(json(site.arguments[0]), Kind.TEXT)
)
