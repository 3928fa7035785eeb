"""Elasticsearch's bulk format: pairs of an action and a document, checked one by one, and laid out as lines for the engine.

A line is index, id (a JSON string, or nothing), document, separated by tabs, which valid JSON holds only between its tokens.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from pilotage.ingest.request import MOST_INDEXES
from pilotage.model.problem import PilotageError, fail

MAX_ITEMS = 100_000
MAX_LINES = 4 * MAX_ITEMS
STORED = b',"_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":0,"_primary_term":1,"status":201}}'
_Raw = msgspec.Raw
_DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:[.,]\d{1,9})?)?(?: ?Z|[+-]\d\d:?\d\d)?"
_TIMES = re.compile(rf'(?:(?:"{_DAY}(?:[T ]{_CLOCK})?"|"?\d{{1,19}}(?:\.\d+)?"?|null)?\n)*'.encode())


class _Action(msgspec.Struct, gc=False):
    index: str | None = msgspec.field(name="_index", default=None)
    identity: str | int | None = msgspec.field(name="_id", default=None)


class _Document(msgspec.Struct, gc=False):
    """Any JSON object; its members are checked and passed over."""

    at: _Raw = msgspec.field(name="@timestamp", default=_Raw())


_ACTION = msgspec.json.Decoder(dict[str, _Action])
_DOCUMENT = msgspec.json.Decoder(_Document)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item is not stored, in Elasticsearch's words."""

    status: int
    kind: str
    reason: str

    def members(self) -> bytes:
        """The members `status` and `error` of an answer, as JSON."""
        return msgspec.json.encode({"status": self.status, "error": {"type": self.kind, "reason": self.reason}})[1:-1]


@dataclass(frozen=True, slots=True)
class Indexes:
    """Where documents go: `default` when an action names no index, and `judge`, which says why one may not be written to."""

    default: str
    judge: Callable[[str], Refusal | None]


@dataclass(slots=True)
class Item:
    """An action and its document; `identity` is '' when the client gave no id."""

    action: str
    index: str
    identity: str
    document: bytes = b""
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Checked items: `body` for the engine, how many it holds, the answers of all in their order, and the first refusal."""

    body: bytes
    stored: int
    answers: list[bytes]
    refusal: Refusal | None


def bulk(body: bytes, indexes: Indexes) -> Batch:
    """Check a bulk request. Raises `undecodable`, `request-too-large` when it is refused as a whole."""
    if not body.endswith(b"\n"):
        raise fail("undecodable", "the bulk request must be terminated by a newline [\\n]", hint="end every line with a newline")
    # Before they are cut: a line of nothing costs its sender a thousandth of a byte, compressed, and us a thing to look at.
    if body.count(b"\n") > MAX_LINES:
        raise fail("request-too-large", f"the request has more than {MAX_LINES} lines", hint="send smaller batches")
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n")
    return checked(_items(body.split(b"\n")[:-1], indexes))


def _items(lines: list[bytes], indexes: Indexes) -> list[Item]:
    items: list[Item] = []
    known: dict[bytes, tuple[str, str, str, Refusal | None]] = {}
    names: set[str] = set()
    at, end = 0, len(lines)
    while at < end:
        line = lines[at]
        at += 1
        if not line:
            continue
        found = known.get(line)
        if found is None:
            found = _action(line, at, indexes)
            names.add(found[1])
            if len(names) > MOST_INDEXES and found[3] is None:
                reason = f"the request names more than [{MOST_INDEXES}] indexes"
                found = (*found[:3], Refusal(400, "illegal_argument_exception", reason))
            known[line] = found
        action, index, identity, refusal = found
        document = b""
        if action != "delete":
            if at == end:
                raise fail("undecodable", f"the action in line [{at}] has no document", hint="was the request cut off?")
            document = lines[at]
            at += 1
        items.append(Item(action, index, identity, document, refusal))
    if len(items) > MAX_ITEMS:
        raise fail("request-too-large", f"the request has more than {MAX_ITEMS} items", hint="send smaller batches")
    return items


def _action(line: bytes, number: int, indexes: Indexes) -> tuple[str, str, str, Refusal | None]:
    try:
        ((action, given),) = _ACTION.decode(line).items()
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _malformed(number) from error
    if action not in ("index", "create", "update", "delete"):
        raise _malformed(number)
    index = given.index or indexes.default
    identity = "" if given.identity is None else str(given.identity)
    if action in ("update", "delete"):
        reason = f"[{action}] is not supported, what is stored is not changed"
        return action, index, identity, Refusal(400, "illegal_argument_exception", reason)
    return action, index, identity, indexes.judge(index)


def _malformed(number: int) -> PilotageError:
    expected = "expected one of index, create, update, delete with an object"
    return fail(
        "undecodable", f"malformed action/metadata line [{number}], {expected}", hint="pairs of an action and a document are wanted"
    )


def checked(items: list[Item]) -> Batch:
    """Check the documents of the items not refused yet, and lay them out; answers are made for all."""
    _check([item for item in items if item.refusal is None])
    seed = secrets.token_urlsafe(11)
    heads: dict[tuple[str, str], bytes] = {}
    lines: list[bytes] = []
    answers: list[bytes] = []
    refusal = None
    for number, item in enumerate(items):
        place = (item.action, item.index)
        head = heads.get(place)
        if head is None:
            head = heads[place] = b'{"%s":{"_index":%s,"_id":' % (item.action.encode(), msgspec.json.encode(item.index))
        if item.refusal is None:
            identity = msgspec.json.encode(item.identity) if item.identity else b""
            lines.append(b"%s\t%s\t%s" % (item.index.encode(), identity, item.document))
            answers.append(b"%s%s%s" % (head, identity or b'"%s%05x"' % (seed.encode(), number), STORED))
        else:
            refusal = refusal or item.refusal
            identity = msgspec.json.encode(item.identity or None)
            answers.append(b"%s%s,%s}}" % (head, identity, item.refusal.members()))
    text = b"\n".join(lines)
    if text.count(b"\t") != 2 * len(lines):
        text = b"\n".join(b"\t".join(re.sub(rb"\t", b" ", part) for part in line.split(b"\t", 2)) for line in lines)
    return Batch(text, len(lines), answers, refusal)


def _check(items: list[Item]) -> None:
    """Refuse what is no JSON object in UTF-8 with a time that can be read."""
    if not items:
        return
    joined = b"\n".join([item.document for item in items])
    # Lines that begin and end as objects do, and as many objects as lines: no object goes on over a line's end, no line holds two.
    if joined[:1] == b"{" and joined[-1:] == b"}" and joined.count(b"\n") == joined.count(b"}\n{") == len(items) - 1:
        try:
            if not joined.isascii():
                joined.decode()
            found = _DOCUMENT.decode_lines(joined)
            if len(found) == len(items) and _TIMES.fullmatch(b"\n".join([each.at for each in found]) + b"\n"):
                return
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
    for item in items:
        reason = _reason(item)
        if reason:
            item.refusal = Refusal(400, "mapper_parsing_exception", reason)


def _reason(item: Item) -> str:
    """Why the document cannot be stored; ''. One that is written over several lines is put on one."""
    try:
        item.document.decode()
        found = _DOCUMENT.decode(item.document)
        if b"\n" in item.document:
            item.document = msgspec.json.format(item.document, indent=-1)
    except UnicodeDecodeError as error:
        return f"failed to parse: not UTF-8 at byte {error.start}"
    except (msgspec.MsgspecError, RecursionError) as error:
        return f"failed to parse: {str(error)[:200]}"
    if not _TIMES.fullmatch(bytes(found.at) + b"\n"):
        return f"failed to parse field [@timestamp] of type [date]: {bytes(found.at)[:80].decode('utf-8', 'replace')}"
    return ""
