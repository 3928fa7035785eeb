"""Which names and web origins may talk to this server: the answer to DNS rebinding and cross-site requests from a browser.

A page on the internet can make a visitor's browser send requests to a loopback port. Its `Host` then is the page's name (rebinding) or
its `Origin` another site; both are refused. Telemetry clients are not browsers: without a browser's headers the protocols' own paths take
any `Host`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from pilotage.api.settings import ServerSettings
from pilotage.model.problem import PilotageError, fail


def is_loopback(host: str) -> bool:
    """Whether the address or name can only be reached from this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_name(header: str) -> str:
    """The name or address in a `Host` header or origin authority, lower case, without port and brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.rpartition(":")[0].lower() if ":" in header else header.lower()


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of one server, bound to `bind` (an address or name)."""

    bind: str
    settings: ServerSettings

    def check_host(self, headers: Mapping[str, str]) -> None:
        """Refuse a request made to a name that is not ours; raises PilotageError `foreign-host`."""
        name = host_name(headers.get("host", ""))
        if not name or is_loopback(name) or name == self.bind.lower() or name in self.settings.allowed_hosts:
            return
        if not is_loopback(self.bind) and (_is_address(name) or name == socket.gethostname().lower()):
            return
        hint = f'add it to the configuration: `[server]` `allowed_hosts = ["{name}"]`' if name.isprintable() else None
        raise fail("foreign-host", f"this server does not answer to the host name `{name}`", hint=hint)

    def check_origin(self, headers: Mapping[str, str]) -> None:
        """Refuse a request sent by a page of another site; raises PilotageError `cross-site`."""
        origin = headers.get("origin")
        if origin is None:
            if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
                raise fail("cross-site", "this request was sent by a page of another site")
            return
        if origin.partition("://")[2].lower() != headers.get("host", "").lower():
            raise fail("cross-site", f"requests from pages of `{origin}` are refused here", hint="send it from this server's own pages")

    def check_ingest(self, headers: Mapping[str, str], *, api: bool) -> str | None:
        """The web origin to answer with CORS headers, None for a client that is not a browser.

        On paths of the API (`api`) every client must use a name of ours, elsewhere a browser that no allow-list names: collectors reach
        this server by names that it does not know. Raises PilotageError `foreign-host`, `cross-site`.
        """
        origin = headers.get("origin")
        allowed = origin is not None and (origin in self.settings.allowed_origins or "*" in self.settings.allowed_origins)
        if api or not (allowed or (origin is None and "sec-fetch-site" not in headers)):
            self.check_host(headers)
        if allowed:
            return origin
        try:
            self.check_origin(headers)
        except PilotageError as error:
            named = origin is not None and origin.isprintable()
            hint = f'add it to the configuration: `[server]` `allowed_origins = ["{origin}"]`' if named else None
            raise fail("cross-site", f"pages of `{origin or 'another site'}` may not send telemetry here", hint=hint) from error
        return origin


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
