"""Sumo's functions of texts that `eval` does not have, or has with another meaning."""

from __future__ import annotations

import re

from sqlglot import exp

from pilotage.language.plan.expressions import Call, Literal
from pilotage.language.plan.parsing import regex_of
from pilotage.language.sql.extraction import BEYOND_RE2
from pilotage.language.sql.fragments import Sql, any_of, call, infix, literal
from pilotage.language.sql.signature import Site, function, refuse
from pilotage.language.sql.value import Value, absent, number, text
from pilotage.model.fields import Kind


def _text(sql: Sql) -> Value:
    return Value(sql, Kind.TEXT)


def _boolean(sql: Sql) -> Value:
    return Value(sql, Kind.BOOLEAN)


def _plain(value: Value) -> Sql:
    """The text, '' for null."""
    return call("ifNull", text(value), "")


is_empty = function(
    "sumo.isempty", 1, help="Whether a value is absent or the empty text.", sumo=("isempty",), examples=(('isEmpty("")', "true"),)
)(lambda site: _boolean(any_of((absent(site.arguments[0]), call("empty", _plain(site.arguments[0]))))))
is_blank = function(
    "sumo.isblank", 1, help="Whether a value is absent, empty or only white space.", sumo=("isblank",), examples=(('isBlank(" ")', "true"),)
)(lambda site: _boolean(call("match", _plain(site.arguments[0]), r"^\s*$")))
concat = function(
    "sumo.concat", 1, None, help="The texts joined; an absent one is empty.", sumo=("concat",), examples=(('concat("a", 1, "b")', "a1b"),)
)(lambda site: _text(call("concat", *(_plain(value) for value in site.arguments), "")))
contains = function(
    "sumo.contains", 2, help="Whether a text holds another.", sumo=("contains",), examples=(('contains("hello", "ell")', "true"),)
)(lambda site: _boolean(infix(exp.GT, call("position", text(site.arguments[0]), text(site.arguments[1])), literal(0))))
trim = function("sumo.trim", 1, help="Without white space at both ends.", sumo=("trim",), examples=(('trim(" a\t")', "a"),))(
    lambda site: _text(call("replaceRegexpAll", text(site.arguments[0]), r"^\s+|\s+$", ""))
)
pattern = function("sumo.pattern", 1, help="A regular expression written between slashes.")(lambda site: site.arguments[0])


@function(
    "sumo.substring",
    2,
    3,
    help="A part of a text from a place counted from 0 up to, not with, another.",
    sumo=("substring",),
    examples=(('substring("abcde", 1, 3)', "bc"), ('substring("abcde", 3)', "de")),
)
def substring(site: Site) -> Value:
    """`substring(s, begin[, end])`."""
    source = text(site.arguments[0])
    begin = call("greatest", call("toInt64", number(site.arguments[1])), 0)
    start = infix(exp.Add, begin, literal(1))
    if len(site.arguments) == 2:
        return _text(call("substringUTF8", source, start))
    length = call("greatest", infix(exp.Sub, call("toInt64", number(site.arguments[2])), begin), 0)
    return _text(call("substringUTF8", source, start, length))


@function(
    "sumo.replace",
    3,
    help="Every occurrence of a text, or match of a regular expression between slashes, replaced; `$1` is a group.",
    sumo=("replace",),
    examples=(('replace("a.b.c", ".", "-")', "a-b-c"), ('replace("a1b22", /([0-9]+)/, "<$1>")', "a<1>b<22>")),
    lazy=True,
)
def replace(site: Site) -> Value:
    """`replace(s, text or /regex/, replacement)`."""
    source, wanted, new = site.call.arguments
    value = text(site.evaluate(source))
    by = site.evaluate(new)
    if not isinstance(wanted, Call) or wanted.name != "sumo.pattern":
        return _text(call("replaceAll", value, text(site.evaluate(wanted)), text(by)))
    known = wanted.arguments[0]
    written = str(known.value) if isinstance(known, Literal) else ""
    if BEYOND_RE2.search(written):
        raise refuse(site, "takes no look-around or back-references", hint="write the pattern without them")
    replacement = str(by.constant[0]) if by.constant else None
    if replacement is None:
        raise refuse(site, "takes a constant replacement for a regular expression")
    groups = re.sub(r"\$(\d)", r"\\\1", replacement.replace("\\", "\\\\"))
    return _text(call("replaceRegexpAll", value, regex_of(written).text, groups))


@function("sumo.matches", 2, help="Whether a text fits a glob that a field holds.")
def matches(site: Site) -> Value:
    """`s matches p` where `p` is no constant: `*` is the only wildcard."""
    escaped = call("replaceRegexpAll", text(site.arguments[1]), r"([\\%_])", r"\\\1")
    return _boolean(call("like", text(site.arguments[0]), call("replaceAll", escaped, "*", "%")))


urlencode = function(
    "sumo.urlencode", 1, help="The text as part of an address.", sumo=("urlencode",), examples=(('urlencode("a b")', "a%20b"),)
)(lambda site: _text(call("encodeURLComponent", text(site.arguments[0]))))


@function(
    "sumo.tourl",
    1,
    4,
    help="An address with a label to show, and texts before and after the label.",
    sumo=("tourl",),
    examples=(('tourl("http://h/x", "x")', "[x](http://h/x)"), ('tourl("http://h/7", 7, "No. ", "!")', "[No. 7!](http://h/7)")),
)
def tourl(site: Site) -> Value:
    """`tourl(address[, label[, before[, after]]])`."""
    address, *label = site.arguments
    if not label:
        return _text(text(address))
    shown = [_plain(part) for part in (label[1:2] + label[:1] + label[2:])]
    return _text(call("concat", "[", *shown, "](", text(address), ")"))


encode = function("sumo.base64encode", 1, help="The text in base 64.", sumo=("base64encode",), examples=(('base64Encode("abc")', "YWJj"),))(
    lambda site: _text(call("base64Encode", text(site.arguments[0])))
)
decode = function(
    "sumo.base64decode",
    1,
    help="The text that base 64 stands for; null if none.",
    sumo=("base64decode",),
    examples=(('base64Decode("YWJj")', "abc"),),
)(lambda site: _text(call("tryBase64Decode", text(site.arguments[0]))))
size = function("sumo.size", 1, help="The number of bytes of a text.")(
    lambda site: Value(call("length", text(site.arguments[0])), Kind.NUMBER)
)
ascii_of = function(
    "sumo.hextoascii",
    1,
    help="The letters that pairs of hex digits stand for.",
    sumo=("hextoascii",),
    examples=(('hexToAscii("4142")', "AB"),),
)(lambda site: _text(call("unhex", text(site.arguments[0]))))
numeric = function("sumo.isnumeric", 1, help="Whether a text is a number.", sumo=("isnumeric",), examples=(('isNumeric("1.5")', "true"),))(
    lambda site: _boolean(call("isNotNull", number(site.arguments[0])))
)


@function(
    "sumo.format",
    1,
    None,
    help="Texts and numbers in a pattern such as `%s is %.2f`.",
    sumo=("format",),
    examples=(('format("%s:%05.1f", "a", 3)', "a:003.0"),),
)
def format_(site: Site) -> Value:
    """`format(pattern, …)`: the pattern is Java's; its conversions are those of `printf`."""
    form = site.text_constant(0)
    pieces: list[Sql] = []
    index, end = 0, 0
    for found in _CONVERSION.finditer(form):
        pieces.append(literal(form[end : found.start()]))
        end = found.end()
        if found["kind"] in "%n":
            pieces.append(literal("%" if found["kind"] == "%" else "\n"))
            continue
        index = int(found["place"][:-1]) if found["place"] else index + 1
        if index >= len(site.arguments):
            raise refuse(site, f"has more conversions than the {len(site.arguments) - 1} values")
        pieces.append(_converted(site.arguments[index], found["flags"] or "", found["kind"]))
    pieces.append(literal(form[end:]))
    return _text(call("concat", *pieces, ""))


_CONVERSION = re.compile(r"%(?P<place>\d+\$)?(?P<flags>[-+ 0#,(]*\d{0,3}(?:\.\d{1,3})?)(?P<kind>[sSdxXofeEgGcbn%])")


def _converted(value: Value, flags: str, kind: str) -> Sql:
    grouped = "," in flags
    flags = flags.replace(",", "").replace("(", "")
    match kind:
        case "d" | "x" | "X" | "o":
            shown = call("printf", f"%{flags}{kind}", call("toInt64", call("trunc", number(value))))
        case "f" | "e" | "E" | "g" | "G":
            shown = call("printf", f"%{flags}{kind}", call("toFloat64", number(value)))
        case _:
            plain = _plain(value)
            shown = call("printf", f"%{flags.replace('0', '') if flags.strip('-').startswith('0') else flags}s", plain) if flags else plain
            return call("upper", shown) if kind == "S" else shown
    return call("ifNull", _grouped(shown) if grouped else shown, "null")


def _grouped(shown: Sql) -> Sql:
    """A comma between each three digits of the whole part."""
    whole = call("extract", shown, r"^\s*-?(\d+)")
    reverse = call("reverse", call("replaceRegexpAll", call("reverse", whole), r"(\d{3})", r"\1,"))
    return call("replaceOne", shown, whole, call("trimLeft", reverse, ","))


hashes = function(
    "sumo.hash",
    1,
    2,
    help="A checksum of the text: `md5` (the default), `sha1` or `sha2_256`.",
    sumo=("hash",),
    examples=(('hash("abc", "md5")', "900150983cd24fb0d6963f7d28e17f72"),),
)(lambda site: _text(call("lower", call("hex", call(_digest(site), text(site.arguments[0]))))))


def _digest(site: Site) -> str:
    name = site.text_constant(1).lower() if len(site.arguments) > 1 else "md5"
    known = {"md5": "MD5", "sha1": "SHA1", "sha2_256": "SHA256", "sha256": "SHA256", "sha2_512": "SHA512"}
    if name not in known:
        raise refuse(site, f"does not know the checksum `{name}`", hint="write `md5`, `sha1` or `sha2_256`")
    return known[name]
