"""Which route a path belongs to: exact paths by one dictionary look-up, patterns with holes after that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pilotage.ingest.request import Request, Route

ANY = "*"
_HOLE = re.compile(r"\{(\w+)(\*?)\}")


def match(pattern: str, path: str) -> dict[str, str] | None:
    """What the holes of `pattern` hold in `path` (a trailing slash is ignored), or None when it does not fit."""
    found = _compiled(pattern).fullmatch(path)
    return found.groupdict() if found else None


def address_token(request: Request) -> str | None:
    """The token that addresses of a Sumo Logic source hold (`/receiver/v1/http/{token}`), or that of the header `X-Sumo-Token`."""
    found = request.headers.get("x-sumo-token", "").strip()
    hole = match("/receiver/v1/{kind}/{token*}", request.path)
    if hole and not found:
        found = hole["token"].partition("/")[0]
        return None if found == "v1" else found
    return found or None


class Paths:
    """Routes of HTTP by path. `{name}` matches one segment, `{name*}` the rest of the path; the method `*` answers what no other does."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[str, dict[str, Route]] = {}
        opened: dict[str, dict[str, Route]] = {}
        for route in routes:
            if route.method != "GRPC":
                (opened if "{" in route.path else self._exact).setdefault(route.path, {})[route.method] = route
        # The longest text before the first hole wins.
        order = sorted(opened, key=lambda p: -len(p.partition("{")[0]))
        self._open = [(_compiled(pattern), opened[pattern]) for pattern in order]

    def find(self, path: str) -> Mapping[str, Route] | None:
        """The routes at `path` by method."""
        found = self._exact.get(path) or self._exact.get(path.rstrip("/"))
        if found is not None:
            return found
        return next((routes for pattern, routes in self._open if pattern.fullmatch(path)), None)


def _compiled(pattern: str) -> re.Pattern[str]:
    out, at = "", 0
    for hole in _HOLE.finditer(pattern):
        out += re.escape(pattern[at : hole.start()]) + f"(?P<{hole[1]}>{'.+' if hole[2] else '[^/]+'})"
        at = hole.end()
    return re.compile(out + re.escape(pattern[at:]) + "/?", re.DOTALL)
