"""What a notification may connect to: public addresses, and those of this network only where the operator allowed them.

Whoever may write a channel could otherwise use the server to speak to what only the server can reach (docs/adr/0012).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pilotage.model.problem import fail

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATION = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_TRANSLATION = ipaddress.IPv6Network("64:ff9b:1::/48")
Resolve = Callable[[str, int], Sequence[str]]


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order of the system. Raises PilotageError `host-unknown`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise fail("host-unknown", f"the host `{host[:120]}` is not known") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class Reach:
    """`allow` holds networks (`10.0.0.0/8`), addresses, and host names, which may have `*`, that may be reached besides public ones."""

    allow: tuple[str, ...] = ()
    resolve: Resolve = resolved

    def check(self) -> None:
        """Raises PilotageError `bad-configuration` for an entry that is neither."""
        for each in self.allow:
            if "/" in each and _network(each) is None:
                raise fail("bad-configuration", f"notify.allow: `{each}` is not a network", hint="write `10.0.0.0/8` or a host name")

    def addresses(self, host: str, port: int) -> list[str]:
        """Where to connect to: the caller uses these, never the name again, which could mean another place by then.

        Raises PilotageError `host-unknown`, `address-refused`.
        """
        found = self.resolve(host, port)
        named = any(fnmatchcase(host.lower().rstrip("."), pattern.lower()) for pattern in self.allow)
        good = [each for each in found if named or self._open(each)]
        if not good:
            hint = "an operator allows it with `allow` in the section `[notify]` of the configuration"
            raise fail("address-refused", f"`{host[:120]}` is an address of this machine or its network", hint=hint)
        return good

    def _open(self, text: str) -> bool:
        address = ipaddress.ip_address(text.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address):
            address = _inner(address)
        if any(address in network for each in self.allow if (network := _network(each)) is not None and network.version == address.version):
            return True
        return address.is_global and not address.is_multicast and not (address.version == 6 and address in _LOCAL_TRANSLATION)


def _inner(address: ipaddress.IPv6Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does: mapped, 6to4, or through NAT64 (RFC 6052)."""
    if address in _TRANSLATION:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
