"""Sumo's functions of arrays in JSON texts."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, call, infix, lambda_, literal, parameter
from pilotage.language.sql.signature import Site, function
from pilotage.language.sql.value import Value, text
from pilotage.model.fields import Kind


def _members(site: Site) -> Sql:
    """The members as raw JSON; none of what is no array."""
    return call("JSONExtractArrayRaw", call("ifNull", text(site.arguments[0]), ""))


def _array(site: Site) -> Sql:
    return infix(exp.EQ, call("JSONType", call("ifNull", text(site.arguments[0]), "")), literal("Array"))


@function(
    "sumo.jsonarraycontains",
    2,
    help="Whether a JSON array has a value; null for what is no array.",
    sumo=("jsonarraycontains",),
    examples=(('jsonArrayContains("[\\"a\\",2]", "a")', "true"), ('jsonArrayContains("[\\"a\\",2]", 3)', "false")),
)
def contains(site: Site) -> Value:
    """`jsonArrayContains(array, value)`: texts by case, numbers as they are written."""
    raw = parameter("j")
    plain = call("if", call("startsWith", raw, '"'), call("JSONExtractString", raw), raw)
    wanted = call("ifNull", text(site.arguments[1]), "")
    return Value(call("if", _array(site), call("has", call("arrayMap", lambda_("j", plain), _members(site)), wanted), None), Kind.BOOLEAN)


@function(
    "sumo.jsonarraysize",
    1,
    help="How many members a JSON array has; null for what is no array.",
    sumo=("jsonarraysize",),
    examples=(('jsonArraySize("[1,[2,3],4]")', "3"),),
)
def size(site: Site) -> Value:
    """`jsonArraySize(array)`."""
    return Value(call("if", _array(site), call("length", _members(site)), None), Kind.NUMBER)
