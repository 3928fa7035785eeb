"""How a text is compared with a cell of a lookup: exactly, as a pattern with `*`, or as an address in a network."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, all_of, any_of, call, infix, literal
from pilotage.model.knowledge import Lookup

_NOWHERE = "255.255.255.255/32"
_ANY = "0.0.0.0"  # noqa: S104 - nothing listens here


@dataclass(frozen=True, slots=True)
class Compared:
    """One key: `way` is one of `model.knowledge.MATCHES`, `cell` the text in the lookup."""

    way: str
    cell: Sql


def folded(sql: Sql, lookup: Lookup) -> Sql:
    """A text as the lookup compares texts."""
    return sql if lookup.case_sensitive else call("lowerUTF8", sql)


def compared(way: str, text: Sql, cell: Sql) -> Sql:
    """Whether `text` matches `cell`; null or false when it does not."""
    return _matches(text, cell) if way == "WILDCARD" else _inside(text, cell)


def _matches(text: Sql, cell: Sql) -> Sql:
    escaped = cell
    for letter, written in (("\\", "\\\\"), ("%", "\\%"), ("_", "\\_"), ("*", "%")):
        escaped = call("replaceAll", escaped, letter, written)
    return call("like", call("ifNull", text, ""), call("ifNull", escaped, ""))


def _inside(text: Sql, cell: Sql) -> Sql:
    """The engine refuses what is no address and no network, so it gets one that matches nothing in their place."""
    address, network = call("ifNull", text, ""), call("ifNull", cell, "")
    parts = call("splitByChar", "/", network)
    base, bits = call("arrayElement", parts, 1), call("arrayElement", parts, 2)
    single = infix(exp.EQ, call("length", parts), literal(1))
    size = call("toUInt8OrNull", bits)
    short = infix(exp.LTE, call("ifNull", size, 255), literal(32))
    long = infix(exp.LTE, call("ifNull", size, 255), literal(128))
    four, six = infix(exp.EQ, call("isIPv4String", base), literal(1)), infix(exp.EQ, call("isIPv6String", base), literal(1))
    valid = all_of((infix(exp.EQ, call("length", parts), literal(2)), any_of((all_of((four, short)), all_of((six, long))))))
    here = any_of((infix(exp.EQ, call("isIPv4String", address), literal(1)), infix(exp.EQ, call("isIPv6String", address), literal(1))))
    same = infix(exp.EQ, call("isIPv4String", address), call("isIPv4String", base))
    tested = call("isIPAddressInRange", call("if", here, address, _ANY), call("if", valid, network, _NOWHERE))
    return any_of((all_of((single, infix(exp.EQ, address, network))), all_of((valid, here, same, infix(exp.EQ, tested, literal(1))))))
