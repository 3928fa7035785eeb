"""What a Sumo Logic request says of itself: its headers, the media types of metrics, and how its text is cut into messages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from pilotage.ingest.messages import boundary_pattern, starts
from pilotage.ingest.request import Grant, Request
from pilotage.ingest.zones import offsets
from pilotage.model.problem import fail

MAX_LINES = 1_000_000
METRICS = {
    "application/vnd.sumologic.graphite": "graphite",
    "application/vnd.sumologic.carbon2": "carbon2",
    "application/vnd.sumologic.prometheus": "prometheus",
}
CLIENT = "sumo_client"
_GZIP = b"\x1f\x8b"
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_LINE_ENDS = re.compile(rb"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Text:
    """A body for the engine: `items` lines or messages, cut by `mode`; `flags` has `1` for each line that begins a message."""

    body: bytes
    items: int
    mode: str = "line"
    flags: str = ""


def metric_format(request: Request) -> str:
    """`graphite`, `carbon2` or `prometheus` by the Content-Type, around which other text may stand; '' for logs."""
    kind = request.headers.get("content-type", "").lower()
    return next((name for media, name in METRICS.items() if media in kind), "")


def encoding(request: Request) -> str:
    """The content encoding. Some clients say `gzip` and send plain bytes: what does not begin as gzip does is taken as it came."""
    declared = request.headers.get("content-encoding", "").strip().lower()
    return "" if declared == "gzip" and not (request.body and _GZIP.startswith(request.body[:2])) else declared


def header(request: Request, name: str) -> str:
    """A header as text; servers hand headers on as Latin-1, clients write UTF-8."""
    value = request.headers.get(name, "")
    if value.isascii():
        return value.strip()
    try:
        return value.encode("latin-1").decode().strip()
    except UnicodeError:
        return value.strip()


def pairs(request: Request, *names: str) -> dict[str, str]:
    """What headers of the form `k=v,k2=v2` say; later ones win, what has no `=` says nothing."""
    found: dict[str, str] = {}
    for name in names:
        for part in header(request, name).split(","):
            key, equals, value = part.partition("=")
            if equals and key.strip():
                found[key.strip()] = value.strip()
    return found


def extra(attributes: dict[str, str], text: Text, zone: str = "") -> str:
    """What the engine must know besides the body, as JSON; '' for plain lines without attributes."""
    document: dict[str, object] = {}
    if zone:
        document["zone"] = offsets(zone, datetime.now(UTC).year)
    if attributes:
        document["attributes"] = attributes
    if text.mode != "line":
        document["mode"] = text.mode
    if text.flags:
        document["starts"] = text.flags
    return json.dumps(document) if document else ""


def lines_of(body: bytes) -> Text:
    """A line a message. Raises `request-too-large`."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    if lines > MAX_LINES:
        raise fail("request-too-large", f"the request has more than {MAX_LINES} lines", hint="send smaller batches")
    return Text(body, lines)


def cut(body: bytes, grant: Grant) -> Text:
    """The messages of a log request, as the token's source wants them. Raises `request-too-large`, `undecodable`."""
    text = lines_of(body)
    body = text.body
    if grant.multiline == "json-array":
        return _elements(body)
    if grant.multiline == "regex":
        found = starts(body.replace(b"\r\n", b"\n").split(b"\n"), boundary_pattern(grant.boundary))
        return Text(body, max(1, sum(found)), "regex", "".join("1" if each else "0" for each in found))
    if grant.multiline == "request" or _is_array(body):
        return Text(body, 1, "request")
    return Text(body, text.items, grant.multiline)


def _is_array(body: bytes) -> bool:
    """Whether the body is one JSON array over several lines, which is one message."""
    if body.lstrip()[:1] != b"[" or body.rstrip()[-1:] != b"]" or b"\n" not in body.strip():
        return False
    try:
        _ELEMENTS.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _elements(body: bytes) -> Text:
    """A message an element; a body that is no array is cut into lines."""
    if body.lstrip()[:1] != b"[":
        return Text(body, body.count(b"\n") + 1)
    try:
        found = _ELEMENTS.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise fail("undecodable", f"the body is not a JSON array: {str(error)[:200]}", hint="the source is set to `json-array`") from error
    if len(found) > MAX_LINES:
        raise fail("request-too-large", f"the array has more than {MAX_LINES} elements", hint="send smaller batches")
    # Line ends stand between the tokens of JSON only.
    return Text(b"\n".join(_LINE_ENDS.sub(b" ", bytes(each)) for each in found), len(found))
