"""Sumo's functions of network addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, all_of, any_of, call, infix, literal, negation
from pilotage.language.sql.signature import Function, Site, function, refuse
from pilotage.language.sql.value import Value, double, number, text
from pilotage.model.fields import Kind

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")
_PRIVATE_SIX = ("fc00::/7", "fe80::/10", "::1/128")
_RESERVED = (
    "0.0.0.0/8",
    "100.64.0.0/10",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
)
_NOWHERE = "0.0.0.0"  # noqa: S104 - a text to parse, nothing binds to it


def _address(site: Site, index: int = 0) -> Sql:
    return call("ifNull", text(site.arguments[index]), "")


def _four(address: Sql) -> Sql:
    return call("isIPv4String", address)


def _six(address: Sql) -> Sql:
    return call("isIPv6String", address)


def _within(address: Sql, networks: tuple[str, ...]) -> Sql:
    """Whether an address lies in one of the networks, all of one family; false for what is no address."""
    family = _six if ":" in networks[0] else _four
    safe = call("if", family(address), address, "::" if ":" in networks[0] else _NOWHERE)
    return all_of((family(address), any_of(call("isIPAddressInRange", safe, network) for network in networks)))


def _private(address: Sql) -> Sql:
    return any_of((_within(address, _PRIVATE), _within(address, _PRIVATE_SIX)))


def _reserved(address: Sql) -> Sql:
    return _within(address, _RESERVED)


def _boolean(sql: Sql) -> Value:
    return Value(sql, Kind.BOOLEAN)


def _test(name: str, written: str, help_text: str, build: Callable[[Sql], Sql]) -> Function:
    return function(f"sumo.{name}", 1, help=help_text, sumo=(name,), examples=((f"{written}", "true"),))(
        lambda site: _boolean(build(_address(site)))
    )


private = _test("isprivateip", 'isPrivateIP("10.1.2.3")', "Whether an address is of a private network.", _private)
public = _test(
    "ispublicip",
    'isPublicIP("8.8.8.8")',
    "Whether an address is neither private nor reserved.",
    lambda address: all_of((any_of((_four(address), _six(address))), negation(_private(address)), negation(_reserved(address)))),
)
reserved = _test("isreservedip", 'isReservedIP("192.0.2.1")', "Whether an address is reserved.", _reserved)
valid = _test("isvalidip", 'isValidIP("::1")', "Whether a text is an address.", lambda address: any_of((_four(address), _six(address))))
valid_four = _test("isvalidipv4", 'isValidIPv4("1.2.3.4")', "Whether a text is an IPv4 address.", _four)
valid_six = _test("isvalidipv6", 'isValidIPv6("fe80::1")', "Whether a text is an IPv6 address.", _six)


def _prefix(site: Site, index: int, bits: Value) -> Sql:
    """The first bits of an IPv4 address as a number."""
    address = _address(site, index)
    whole = call("toUInt32", call("toIPv4OrDefault", address))
    length = call("toUInt8", call("least", call("greatest", call("ifNull", number(bits), 0), 0), 32))
    return call("bitShiftRight", call("toUInt64", whole), infix(exp.Sub, literal(32), length))


@function(
    "sumo.comparecidrprefix",
    3,
    help="Whether two IPv4 addresses have the same first bits.",
    sumo=("comparecidrprefix",),
    examples=(('compareCIDRPrefix("10.10.1.32", "10.10.1.44", 24)', "true"),),
)
def compare_prefix(site: Site) -> Value:
    """`compareCIDRPrefix(a, b, bits)`."""
    both = all_of((_four(_address(site, 0)), _four(_address(site, 1))))
    same = infix(exp.EQ, _prefix(site, 0, site.arguments[2]), _prefix(site, 1, site.arguments[2]))
    return _boolean(all_of((both, same)))


@function(
    "sumo.getcidrprefix",
    2,
    help="The network that the first bits of an IPv4 address name; null for what is no address.",
    sumo=("getcidrprefix",),
    examples=(('getCIDRPrefix("10.10.1.35", 24)', "10.10.1.0"),),
)
def get_prefix(site: Site) -> Value:
    """`getCIDRPrefix(a, bits)`."""
    length = call("toUInt8", call("least", call("greatest", call("ifNull", number(site.arguments[1]), 0), 0), 32))
    back = call("bitShiftLeft", _prefix(site, 0, site.arguments[1]), infix(exp.Sub, literal(32), length))
    shown = call("IPv4NumToString", call("toUInt32", back))
    return Value(call("if", _four(_address(site)), shown, None), Kind.TEXT)


@function(
    "sumo.ipv4tonumber",
    1,
    help="An IPv4 address as a number; null if it is none.",
    sumo=("ipv4tonumber",),
    examples=(('ipv4ToNumber("0.0.1.2")', "258"),),
)
def ipv4_number(site: Site) -> Value:
    """`ipv4ToNumber(a)`."""
    return Value(call("toUInt32", call("toIPv4OrNull", _address(site))), Kind.NUMBER)


@function(
    "sumo.incidr",
    2,
    help="Whether an address lies in a network.",
    sumo=("incidr",),
)
def in_network(site: Site) -> Value:
    """`inCidr(a, network)`."""
    network = site.text_constant(1)
    try:
        ipaddress.ip_network(network, strict=False)
    except ValueError as error:
        raise refuse(site, f"does not know the network `{network}`", hint="write for example `10.0.0.0/8`") from error
    return _boolean(_within(_address(site), (network,)))


@function(
    "sumo.haversine",
    4,
    help="The distance between two places in kilometres, from latitude and longitude of each.",
    sumo=("haversine",),
    examples=(("round(haversine(52.52, 13.405, 48.137, 11.575))", "504"),),
)
def haversine(site: Site) -> Value:
    """`haversine(latitude, longitude, latitude, longitude)`."""
    first, second, third, fourth = (double(each) for each in site.arguments)
    metres = call("greatCircleDistance", second, first, fourth, third)
    return Value(infix(exp.Div, metres, literal(1000.0)), Kind.NUMBER)
