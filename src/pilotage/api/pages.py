"""The built web page: files of `static/` from a dictionary, never from a path a client wrote, with the page's security headers.

The dictionary is read with the first request, and again when `index.html` has changed, so that a rebuilt page needs no restart.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pilotage.api.body import Message, Send, headers_of, send_answer
from pilotage.api.guard import Guard

STATIC = Path(__file__).parent / "static"
NONCE = "__CSP_NONCE__"
INDEX = "/index.html"
ICON = "/favicon.svg"
IMMUTABLE = "/assets/"
_NO_PAGE = ("/api/", "/assets/", "/v1/", "/v2/", "/services/", "/receiver/", "/loki/", "/openapi.json")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)
SAFETY = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
)
API_SAFETY = (("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"), *SAFETY)
"""What every answer of the API carries: a browser that opens one shows it and does nothing else."""
_NOT_BUILT = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Pilotage</title></head><body>
<h1>Pilotage is running, but its web page was not built</h1>
<p>In a checkout, <code>./dev setup</code> builds it. Everything else works: the API is described at
<a href="/openapi.json">/openapi.json</a>, and <code>pilotage search</code> asks from a terminal.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the page: its bytes as they are and, by content coding, compressed."""

    media_type: str
    body: bytes
    tag: str
    encoded: Mapping[str, bytes]


@dataclass(slots=True)
class Pages:
    """Answers requests for the page in `folder`, to who uses a name of ours (`guard`)."""

    guard: Guard
    folder: Path = STATIC
    _files: dict[str, File] = field(default_factory=dict)
    _built: tuple[int, int] | None = None

    async def serve(self, scope: Message, send: Send, *, fallback: bool) -> bool:
        """Answer a GET or HEAD for a file of the page; with `fallback` also one that wants HTML at an address of the page's own.

        False when the request is none of the page's. `/` is the page only for who wants HTML: other clients ask it for other things.
        Raises PilotageError `foreign-host`, `cross-site`.
        """
        if scope["method"] not in ("GET", "HEAD"):
            return False
        path, headers = scope["path"], headers_of(scope)
        html = "text/html" in headers.get("accept", "")
        index = path == INDEX or (html and (path == "/" or (fallback and _ours(path))))
        await self._read_if_changed()
        found = None if index else self._files.get(path)
        if not index and found is None:
            return False
        self.guard.check_host(headers)
        self.guard.check_origin(headers)
        if found is None:
            await self._index(scope, send)
        else:
            await _send_file(scope, send, found, headers, immutable=path.startswith(IMMUTABLE))
        return True

    async def _index(self, scope: Message, send: Send) -> None:
        found = self._files.get(INDEX)
        nonce = secrets.token_urlsafe(18)
        policy = ("content-security-policy", _POLICY.format(nonce=f" 'nonce-{nonce}'" if found else ""))
        body = found.body.replace(NONCE.encode(), nonce.encode()) if found else _NOT_BUILT
        headers = (("content-type", _TYPES[".html"]), ("cache-control", "no-cache"), policy, *SAFETY)
        await _send(scope, send, 200 if found else 503, body, headers)

    async def _read_if_changed(self) -> None:
        try:
            status = os.stat(self.folder / INDEX[1:])  # noqa: PTH116 - microseconds, once a page
            built = (status.st_mtime_ns, status.st_ino)
        except OSError:
            built = None
        if built != self._built:
            self._files = await asyncio.to_thread(read_files, self.folder) if built else {}
            self._built = built


def read_files(folder: Path) -> dict[str, File]:
    """Every regular file below `folder` by its address; symbolic links, hidden files and types that a page has none of are left out."""
    raw: dict[str, bytes] = {}
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [each for each in folders if not each.startswith(".")]
        for name in names:
            path = Path(place, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                raw["/" + path.relative_to(folder).as_posix()] = path.read_bytes()
    found = {}
    for address, body in raw.items():
        media_type = _TYPES.get(Path(address).suffix)
        if media_type is not None:
            encoded = {name: raw[address + end] for name, end in _ENCODINGS.items() if address + end in raw}
            found[address] = File(media_type, body, hashlib.sha256(body).hexdigest()[:24], encoded)
    if ICON in found:
        found.setdefault("/favicon.ico", found[ICON])  # what browsers ask for beside answers that are no page
    return found


def _ours(path: str) -> bool:
    """Whether an address may be a view of the page: nothing of the API or a protocol, and nothing that tries to leave."""
    odd = "\0" in path or "\\" in path or any(part in (".", "..") for part in path.split("/"))
    return not odd and not path.startswith(_NO_PAGE)


async def _send_file(scope: Message, send: Send, found: File, headers: Mapping[str, str], *, immutable: bool) -> None:
    coding = accepted(headers.get("accept-encoding", ""), found.encoded)
    body = found.encoded[coding] if coding else found.body
    tag = f'"{found.tag}{"-" + coding if coding else ""}"'
    cache = "public, max-age=31536000, immutable" if immutable else "no-cache"
    sent = [("content-type", found.media_type), ("cache-control", cache), ("etag", tag)]
    sent += [("vary", "Accept-Encoding")] if found.encoded else []
    sent += [("content-encoding", coding)] if coding else []
    sent += [("content-security-policy", _POLICY.format(nonce="")), *SAFETY]
    known = {each.strip().removeprefix("W/") for each in headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        await _send(scope, send, 304, b"", tuple(each for each in sent if each[0] not in ("content-type", "content-encoding")))
        return
    await _send(scope, send, 200, body, tuple(sent))


def accepted(header: str, offered: Mapping[str, bytes]) -> str | None:
    """The coding among `offered` that an Accept-Encoding header likes best, ours first at equal weight; None for plain bytes."""
    weights: dict[str, float] = {}
    for item in header.split(","):
        name, _, options = item.partition(";")
        weight = options.strip().removeprefix("q=") if options.strip().startswith("q=") else "1"
        try:
            weights[name.strip().lower()] = float(weight)
        except ValueError:
            weights[name.strip().lower()] = 0.0
    rest = weights.get("*", 0.0)
    best = max(offered, key=lambda name: weights.get(name, rest), default=None)
    return best if best is not None and weights.get(best, rest) > 0 else None


async def _send(scope: Message, send: Send, status: int, body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
    """One answer; to HEAD the headers of the body without it."""
    if scope["method"] != "HEAD" and status != 304:
        await send_answer(send, status, body, headers)
        return
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    sent += [(b"content-length", str(len(body)).encode())] if status != 304 else []
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": b""})
