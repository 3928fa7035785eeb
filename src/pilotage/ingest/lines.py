"""Lines of files: which are good, found by compiled parsers, and how a bad one is marked for the dead-letter index."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from pilotage.model.problem import fail

MARK = b"\0bad\x1f"
MAX_LINES = 500_000
REPORTED = 20
RECORD_LINES = 1000
csv.field_size_limit(64 << 20)


class _Object(msgspec.Struct):
    """Any JSON object: its members are checked and passed over."""


_OBJECTS = msgspec.json.Decoder(_Object)


@dataclass(slots=True)
class Lines:
    """Checked lines: `body` for the engine, how many are good and bad, and of the first bad ones number and reason."""

    body: bytes
    accepted: int = 0
    rejected: int = 0
    reported: list[tuple[int, str]] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    quoted: bool = False

    def mark(self, number: int, reason: str, line: bytes) -> bytes:
        """`line`, number `number`, is bad: counted, reported, and written so that the engine knows."""
        self.rejected += 1
        if len(self.reported) < REPORTED:
            self.reported.append((number, reason))
        text = line.decode("utf-8", "replace").replace("\n", " ").replace("\r", " ").encode()
        return b"%s%s\x1f%d\x1f%s" % (MARK, reason.encode(), number, text)


def json_lines(body: bytes, first_line: int) -> Lines:
    """Lines that must be JSON objects."""
    return _checked(body, first_line, _object_reason)


def text_lines(body: bytes, first_line: int) -> Lines:
    """Lines of text, which must be UTF-8."""
    return _checked(body, first_line, _text_reason)


def message_lines(body: bytes, first_line: int) -> Lines:
    """Messages of text of one or more lines: a line begins with a blank where a message begins, with `+` where it goes on.

    Each becomes a JSON string, in which line ends are no line ends. A message of the number of its first line is bad as a whole.
    Raises `bad-request`.
    """
    found = Lines(b"", quoted=True)
    out: list[bytes] = []
    number = first_line
    for message in _messages(_split(body.removesuffix(b"\n")) if body else []):
        text = b"\n".join(message).strip(b"\r\n")
        if text and not text.isspace():
            reason = _text_reason(text)
            if reason:
                out.append(found.mark(number, reason, text))
            else:
                found.accepted += 1
                out.append(msgspec.json.encode(text.decode()))
        number += len(message)
    found.body = b"\n".join(out)
    return found


def _messages(lines: list[bytes]) -> Iterator[list[bytes]]:
    """The lines of each message, without what they begin with."""
    held: list[bytes] = []
    for line in lines:
        if line[:1] not in (b" ", b"+"):
            raise fail("bad-request", "a line begins neither with a blank nor with `+`", hint="the format is `messages`")
        if line[:1] == b" " and held:
            yield held
            held = []
        held.append(line[1:].removesuffix(b"\r"))
    if held:
        yield held


def csv_lines(body: bytes, first_line: int) -> Lines:
    """Records under a header, which is the first; the record after it has the number `first_line`. Raises `csv-header`."""
    head, _, rest = body.partition(b"\n")
    try:
        header = next(csv.reader([head.decode("utf-8-sig")], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise fail("csv-header", "the first line is no CSV header", hint="the first line must name the columns") from error
    if not any(header) or len(header) > 10_000:
        raise fail("csv-header", f"the header names {len(header)} columns", hint="name 1 to 10,000 columns in the first line")
    if b'"' in rest or b"\r" in rest.replace(b"\r\n", b""):
        found = _quoted_records(rest, first_line, len(header))
    else:
        commas = len(header) - 1

        def reason(line: bytes) -> str:
            count = line.count(b",")
            return _text_reason(line) if count == commas else f"{count + 1} values for {commas + 1} columns"

        found = _checked(rest, first_line, reason)
    found.header = header
    return found


def _object_reason(line: bytes) -> str:
    try:
        _OBJECTS.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        words = str(error).removeprefix("JSON is malformed: ")
        return f"not a JSON object: {words[:1].lower()}{words[1:120]}"
    return _text_reason(line)


def _text_reason(line: bytes) -> str:
    if line.isascii():
        return ""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start}"
    return ""


def _split(body: bytes) -> list[bytes]:
    lines = body.split(b"\n")
    if len(lines) > MAX_LINES:
        raise fail("request-too-large", f"the request has more than {MAX_LINES} lines", hint="send smaller batches")
    return lines


def _checked(body: bytes, first_line: int, reason_of: Callable[[bytes], str]) -> Lines:
    body = body.removeprefix(b"\xef\xbb\xbf")
    found = Lines(body)
    lines = _split(body)
    for number, line in enumerate(lines):
        if line and not line.isspace():
            reason = reason_of(line)
            if reason:
                lines[number] = found.mark(first_line + number, reason, line)
            else:
                found.accepted += 1
    if found.rejected:
        found.body = b"\n".join(lines)
    return found


def _quoted_records(body: bytes, first_line: int, width: int) -> Lines:
    """Records with quotes, which may go on over line ends, become JSON arrays: the record's own text, then its values."""
    found = Lines(b"", quoted=True)
    lines = _split(body)
    out: list[bytes] = []
    at = 0
    while at < len(lines):
        size = _record_size(lines, at)
        values, used, reason = _record(lines[at : at + size], width)
        data = b"\n".join(lines[at : at + used]).removesuffix(b"\r")
        if reason:
            out.append(found.mark(first_line + at, reason, data))
        elif values:
            out.append(msgspec.json.encode([data.decode(), *values]))
            found.accepted += 1
        at += used
    found.body = b"\n".join(out)
    return found


def _record_size(lines: list[bytes], at: int) -> int:
    """How many lines the record at `at` may take: 1 when its quote does not close soon, which is then that line's fault alone."""
    quotes = 0
    for size, line in enumerate(lines[at : at + RECORD_LINES], 1):
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            return size
    return 1


def _record(lines: list[bytes], width: int) -> tuple[list[str], int, str]:
    """The values of the first record of `lines` (none when it is blank), how many lines it takes, and what is wrong with it."""
    try:
        reader = csv.reader([line.decode() + "\n" for line in lines], strict=True)
        values = next(reader, [])
    except UnicodeDecodeError:
        return [], len(lines), next(filter(None, map(_text_reason, lines)))
    except csv.Error as error:
        return [], len(lines), f"not CSV: {error}"
    if len(values) <= 1 and not "".join(values).strip() and width > 1:
        return [], reader.line_num, ""
    return values, reader.line_num, "" if len(values) == width else f"{len(values)} values for {width} columns"
