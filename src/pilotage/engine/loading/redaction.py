r"""Hiding texts in SQL: what a rule makes of one text, of a JSON text's members, and of a named value.

Every function here takes and gives SQL for one text, so that one lambda over all texts of a row holds each rule once. JSON is
handled lexically: its strings are unescaped, treated and escaped again, so that `\u0041` hides nothing; a value goes with its name
at any depth down to `_DEPTH`, and below that the whole text is hidden.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from pilotage.engine.loading.scope import glob
from pilotage.language.plan.parsing import group_count
from pilotage.language.sql.fragments import Sql, call, infix, lambda_, literal, negation, parameter
from pilotage.model.rules import MASK

_STRING = r'"(?:[^"\\]|\\.)*"'
_TOKEN = rf"({_STRING}|-?[0-9][0-9.eE+-]*)"
_DEPTH = 8
BINARY = ("$bytes", "$opaque")
"""Members whose value is base64 (`ingest.otlp`)."""
_HASHED = "hmac:"
_HASHED_TEXT = r"^hmac:[0-9a-f]{32}$"
_BLOCK = 64


def _value() -> str:
    nested = rf"[{{\[](?:{_STRING}|[^\"{{}}\[\]])*[}}\]]"
    for _ in range(_DEPTH - 1):
        nested = rf"[{{\[](?:{_STRING}|[^\"{{}}\[\]]|{nested})*[}}\]]"
    return rf"(?:{_STRING}|[^\s\"{{}}\[\],]+|{nested})"


VALUE = _value()
MEMBER = rf"({_STRING}\s*:\s*{VALUE})"


@dataclass(frozen=True, slots=True)
class Key:
    """The two padded blocks of HMAC-SHA-256 (RFC 2104), in hex, so that the engine needs nothing but SHA-256."""

    inner: str
    outer: str

    @classmethod
    def of(cls, secret: bytes) -> Key:
        """The blocks of a secret."""
        block = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
        return cls(bytes(b ^ 0x36 for b in block).hex(), bytes(b ^ 0x5C for b in block).hex())


@dataclass(frozen=True, slots=True)
class Names:
    """Names with `*`, compared without case; a name stands for all below it too: `user` for `user.id`.

    What is hidden is hidden `anywhere`, at any depth: `id` for `user.id`, as for a member `id` of any object. Lists of what is kept
    name it from its top.
    """

    patterns: tuple[str, ...]
    anywhere: bool = True

    def within(self, letter: str) -> str:
        """Matches one of the names where each character is matched by `letter`."""
        names = "|".join(glob(p, f"{letter}*")[1:-1].replace("/", r"\\?/") for p in self.patterns)
        return rf"{rf'(?:{letter}*[.])?' if self.anywhere else ''}(?:{names})(?:[.]{letter}*)?"

    @property
    def regex(self) -> str:
        """Matches a whole name."""
        return f"(?si)^{self.within('.')}$"

    @property
    def joined(self) -> str:
        """Matches names joined by and wrapped in separators when one of these is there."""
        between = "[^\x1f]"
        return f"(?si)\x1f{self.within(between)}\x1f"

    @property
    def quoted(self) -> str:
        """Matches a JSON member's name with its quotes and colon."""
        letter = r'(?:[^"\\]|\\.)'
        return rf'"(?i:{self.within(letter)})"\s*:\s*'

    def covers(self, name: str) -> bool:
        """Whether a fixed name is one of them."""
        return any(re.match(f"(?si){glob(p)}", name) for p in self.patterns)


def hashed(text: Sql, key: Key) -> Sql:
    """`hmac:` and the first 128 bits of HMAC-SHA-256 in hex; a text that is one already, or empty, stays."""
    inner = call("SHA256", call("concat", call("unhex", key.inner), text))
    outer = call("SHA256", call("concat", call("unhex", key.outer), inner))
    done = call("or", call("empty", text), call("match", text, _HASHED_TEXT))
    return call("if", done, text, call("concat", _HASHED, call("lower", call("substring", call("hex", outer), 1, 32))))


def masked(text: Sql, pattern: str, replacement: str) -> Sql:
    r"""Every match replaced; `\1` … are the match's groups."""
    return call("replaceRegexpAll", text, pattern, replacement)


def hashed_matches(text: Sql, pattern: str, key: Key) -> Sql:
    """Every match replaced by its hash; when the pattern has a group, only what the first group found."""
    match = parameter("m")
    if group_count(pattern) == 0:
        shown = hashed(match, key)
    else:
        group = call("extract", match, pattern)
        shown = call("if", call("empty", group), hashed(match, key), call("replaceAll", match, group, hashed(group, key)))
    return _replaced(text, pattern, lambda_("m", shown))


def _replaced(text: Sql, pattern: str, function: Sql) -> Sql:
    """`text` with `function` of each match in its place."""
    every = call("extractAll", text, f"({pattern})")
    return _interleaved(call("splitByRegexp", pattern, text), call("arrayMap", function, every))


def _interleaved(parts: Sql, items: Sql) -> Sql:
    """part, item, part, item, …, part."""
    fitting = call("arrayResize", parts, infix(exp.Add, call("length", items), literal(1)), "")
    pair = lambdas(("p", "t"), call("concat", parameter("p"), parameter("t")))
    return call("arrayStringConcat", call("arrayMap", pair, fitting, call("arrayPushBack", items, "")))


def lambdas(parameters: tuple[str, ...], body: Sql) -> Sql:
    """`(a, b) -> body`."""
    return exp.Lambda(this=body, expressions=[exp.Identifier(this=p, quoted=False) for p in parameters])


def unescaped(text: Sql, letter: Sql, treat: Callable[[Sql], Sql]) -> Sql:
    """`treat` (array to array) applied to the strings and numbers of a JSON text, or to what a base64 text says (letter `x`).

    Bytes inside JSON are base64 too, the value of a member of `BINARY`.
    """
    token, before, plain, new = parameter("t"), parameter("b"), parameter("d"), parameter("c")
    whole = infix(exp.EQ, letter, literal("x"))
    tokens = call("if", whole, call("array", text), call("extractAll", text, _TOKEN))
    parts = call("if", whole, call("array", "", ""), call("splitByRegexp", _TOKEN, text))
    befores = call("arrayResize", call("arrayPushFront", tokens, ""), call("length", tokens))
    inside = call("in", before, call("tuple", *(f'"{name}"' for name in BINARY)))
    said = call("if", call("startsWith", token, '"'), call("JSONExtractString", token), token)
    opened = call("multiIf", whole, call("tryBase64Decode", token), inside, call("tryBase64Decode", said), said)
    decoded = call("arrayMap", lambdas(("t", "b"), opened), tokens, befores)
    same = call("and", infix(exp.EQ, plain, new), negation(call("match", token, r"\\u")))
    packed = call("base64Encode", new)
    encoded = call("multiIf", same, token, whole, packed, inside, call("concat", '"', packed, '"'), call("toJSONString", new))
    return _interleaved(parts, call("arrayMap", lambdas(("t", "b", "d", "c"), encoded), tokens, befores, decoded, treat(decoded)))


def masked_members(text: Sql, names: Names, replacement: str) -> Sql:
    """The values of the named members replaced by a JSON string."""
    written = json.dumps(replacement, ensure_ascii=False).replace("\\", "\\\\")
    result = call("replaceRegexpAll", text, f"({names.quoted}){VALUE}", f"\\1{written}")
    return _guarded(result, names.quoted + r"[{\[]", replacement)


def dropped_members(text: Sql, names: Names) -> Sql:
    """The named members taken out, with a comma beside each."""
    later = call("replaceRegexpAll", text, rf",\s*{names.quoted}{VALUE}", "")
    return _guarded(call("replaceRegexpAll", later, rf"{names.quoted}{VALUE}\s*,?\s*", ""), names.quoted, MASK)


def hashed_members(text: Sql, names: Names, key: Key) -> Sql:
    """The values of the named members replaced by their hashes: of what a string says, of any other value's text."""
    match = parameter("m")
    head = call("extract", match, rf"^({_STRING}\s*:\s*)")
    value = call("substring", match, infix(exp.Add, call("length", head), literal(1)))
    said = call("if", call("startsWith", value, '"'), call("JSONExtractString", value), value)
    shown = call("concat", head, call("toJSONString", hashed(said, key)))
    result = _replaced(text, names.quoted + VALUE, lambda_("m", shown))
    return _guarded(result, names.quoted + r"[{\[]", MASK)


def _guarded(text: Sql, left: str, replacement: str) -> Sql:
    """All of `text` hidden when a value nests deeper than the expressions see."""
    return call("if", call("match", text, left), json.dumps(replacement, ensure_ascii=False), text)


def kept_members(text: Sql, names: Names) -> Sql:
    """A JSON object's text with only the named members of its first level; '' for anything else and for nothing."""
    inner = call("substring", text, infix(exp.Add, call("position", text, "{"), literal(1)))
    wanted = lambda_("m", call("match", parameter("m"), "^" + names.quoted))
    members = call("arrayFilter", wanted, call("extractAll", inner, MEMBER))
    joined = call("concat", "{", call("arrayStringConcat", members, ","), "}")
    return call("if", call("and", call("match", text, r"^\s*\{"), call("notEmpty", members)), joined, "")
