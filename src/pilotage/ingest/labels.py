r"""Loki's label text `{a="b", c="d\"e"}`: the pattern the engine takes it apart with, and a plain form for what that cannot read.

Senders quote as Go does. The engine reads double quotes with the escapes that JSON knows too, which is all that most senders write;
the rest (other quotes, bytes by number) is written anew before it is acknowledged.
"""

from __future__ import annotations

import json
import re

from pilotage.model.problem import PilotageError, fail

_SPACE = r"[ \t\r\n]*"
_NAME = r"[^ =,{}\"'`\x00-\x1f\x7f]+"
LABEL = rf'({_NAME}){_SPACE}={_SPACE}"((?:[^"\\]|\\.)*)"'
"""RE2 and Python: a label's name and quoted value, applied to a text that `PLAIN` matches or `plain` made."""
_ESCAPE = r"\\(?:[\"\\bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})"
_QUOTED = rf'"[^"\\\x00-\x1f]*(?:{_ESCAPE}[^"\\\x00-\x1f]*)*"'
_ANY = r'"(?:[^"\\\n]|\\.)*"' + r"|'(?:[^'\\\n]|\\.)*'|`[^`]*`"


def _labels(value: str) -> re.Pattern[bytes]:
    one = rf"{_NAME}{_SPACE}={_SPACE}(?:{value}){_SPACE}"
    return re.compile(rf"{_SPACE}\{{{_SPACE}(?:{one}(?:,{_SPACE}{one})*,?{_SPACE})?\}}{_SPACE}".encode(), re.DOTALL)


PLAIN = _labels(_QUOTED)
_EVERY = _labels(_ANY)
_ONE = re.compile(rf"({_NAME}){_SPACE}={_SPACE}({_ANY})".encode(), re.DOTALL)
_GO = re.compile(rb"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|)", re.DOTALL)
_LETTERS = dict(zip(b"abfnrtv\\'\"", b"\a\b\f\n\r\t\v\\'\"", strict=True))


def plain(text: bytes) -> bytes:
    """`text` in the form the engine reads; unchanged when it has that form. Raises `labels-malformed`."""
    if PLAIN.fullmatch(text):
        return text
    if not _EVERY.fullmatch(text):
        raise _malformed(text)
    pairs = (name + b"=" + json.dumps(_said(quoted, text), ensure_ascii=False).encode() for name, quoted in _ONE.findall(text))
    return b"{" + b",".join(pairs) + b"}"


def _said(quoted: bytes, text: bytes) -> str:
    inner = quoted[1:-1]
    if quoted[:1] != b"`":
        inner = _GO.sub(lambda m: _letter(m, text), inner)
    # Half a surrogate pair, which Go does not let pass either, decodes to nothing that JSON may hold.
    return inner.decode("utf-8", "replace")


def _letter(found: re.Match[bytes], text: bytes) -> bytes:
    letter, byte, octal, *points = found.groups()
    if letter:
        return bytes((_LETTERS[letter[0]],))
    if byte or octal:
        number = int(byte, 16) if byte else int(octal, 8)
        if number < 256:
            return bytes((number,))
    for point in filter(None, points):
        if int(point, 16) < 0x110000:
            return chr(int(point, 16)).encode("utf-8", "surrogatepass")
    raise _malformed(text)


def _malformed(text: bytes) -> PilotageError:
    shown = text[:100].decode("utf-8", "replace")
    return fail("labels-malformed", f"the labels `{shown}` cannot be read", hint='send labels like {name="value"}')
