"""Addresses: masks over them."""

from __future__ import annotations

import ipaddress

from pilotage.language.sql.fragments import call
from pilotage.language.sql.signature import Site, function, refuse
from pilotage.language.sql.value import Value, text
from pilotage.model.fields import Kind


@function(
    "ipmask",
    2,
    help="An IPv4 address with a mask laid over it; null for what is none.",
    examples=(('ipmask("255.255.0.0", "10.1.2.3")', "10.1.0.0"),),
)
def ipmask(site: Site) -> Value:
    """`ipmask(mask, address)`."""
    written = site.text_constant(0)
    try:
        mask = int(ipaddress.IPv4Address(written))
    except ValueError as error:
        raise refuse(site, f"does not know the mask `{written}`", hint="write for example `255.255.255.0`") from error
    address = call("toIPv4OrNull", text(site.arguments[1]))
    masked = call("IPv4NumToString", call("toUInt32", call("bitAnd", call("toUInt32", address), mask)))
    return Value(masked, Kind.TEXT)
