"""Text: case, trimming, cutting, replacing, matching."""

from __future__ import annotations

import ipaddress
import re

from sqlglot import exp

from pilotage.language.plan.parsing import regex_of
from pilotage.language.plan.regexes import check_balance
from pilotage.language.sql.extraction import BEYOND_RE2, missing_group
from pilotage.language.sql.fragments import Sql, call, infix, literal
from pilotage.language.sql.signature import Site, function, refuse
from pilotage.language.sql.value import Value, number, text
from pilotage.model.fields import Kind

MOST_WIDTH = 1_000
_DIGITS = re.compile(r"\d+")


def _text(sql: Sql) -> Value:
    return Value(sql, Kind.TEXT)


def regex(site: Site, index: int) -> str:
    """A constant argument as an RE2 pattern; refused when RE2 cannot run it."""
    written = site.text_constant(index)
    if BEYOND_RE2.search(written):
        raise refuse(site, "takes no look-around or back-references", hint="write the pattern without them")
    check_balance(written, site.call.arguments[index].span)
    return regex_of(written).text


lower = function("lower", 1, help="The text in lower case.", examples=(('lower("AbC")', "abc"),))(
    lambda site: _text(call("lowerUTF8", text(site.arguments[0])))
)
upper = function("upper", 1, help="The text in upper case.", examples=(('upper("AbC")', "ABC"),))(
    lambda site: _text(call("upperUTF8", text(site.arguments[0])))
)
length = function("len", 1, help="Number of characters.", examples=(('len("abc")', "3"),))(
    lambda site: Value(call("lengthUTF8", text(site.arguments[0])), Kind.NUMBER)
)
urldecode = function("urldecode", 1, help="The text with `%20` and the like decoded.", examples=(('urldecode("a%20b")', "a b"),))(
    lambda site: _text(call("decodeURLComponent", text(site.arguments[0])))
)


def _trimmed(site: Site, *, left: bool, right: bool) -> Value:
    source = text(site.arguments[0])
    chosen = site.text_constant(1) if len(site.arguments) > 1 else " \t"
    letters = "[" + "".join(f"\\x{{{ord(c):x}}}" for c in chosen) + "]"
    pattern = "|".join([*([f"^{letters}+"] if left else []), *([f"{letters}+$"] if right else [])])
    return _text(call("replaceRegexpAll", source, pattern, ""))


trim = function("trim", 1, 2, help="Without spaces and tabs (or the given characters) at both ends.", examples=(('trim(" a ")', "a"),))(
    lambda site: _trimmed(site, left=True, right=True)
)
ltrim = function("ltrim", 1, 2, help="As `trim`, at the start.", examples=(('ltrim("xxa", "x")', "a"),))(
    lambda site: _trimmed(site, left=True, right=False)
)
rtrim = function("rtrim", 1, 2, help="As `trim`, at the end.", examples=(('rtrim("axx", "x")', "a"),))(
    lambda site: _trimmed(site, left=False, right=True)
)


@function(
    "substr",
    2,
    3,
    help="A part from a 1-based start, negative from the end.",
    examples=(('substr("abcd", 2, 2)', "bc"), ('substr("abcd", -2)', "cd")),
)
def substr(site: Site) -> Value:
    """`substr(s, start[, length])`."""
    start = call("toInt64", number(site.arguments[1]))
    rest = [call("toInt64", number(site.arguments[2]))] if len(site.arguments) > 2 else []
    return _text(call("substringUTF8", text(site.arguments[0]), start, *rest))


@function("replace", 3, help="Every match of a pattern replaced; `\\1` is a group.", examples=(('replace("a1b2", "\\d", "")', "ab"),))
def replace(site: Site) -> Value:
    """`replace(s, regex, replacement)`."""
    pattern, replacement = regex(site, 1), site.text_constant(2)
    if (group := missing_group(pattern, replacement)) is not None:
        raise refuse(site, f"names the group `\\{group}` in its replacement, which the pattern does not have")
    return _text(call("replaceRegexpAll", text(site.arguments[0]), pattern, replacement))


@function("match", 2, help="Whether a pattern occurs in the text.", examples=(('if(match("abc", "b."), 1, 0)', "1"),))
def match(site: Site) -> Value:
    """`match(s, regex)`."""
    return Value(call("match", text(site.arguments[0]), regex(site, 1)), Kind.BOOLEAN)


@function("like", 2, help="Whether the whole text fits a pattern of `%` and `_`.", examples=(('if(like("abc", "a%"), 1, 0)', "1"),))
def like(site: Site) -> Value:
    """`like(s, pattern)`."""
    return Value(call("like", text(site.arguments[0]), text(site.arguments[1])), Kind.BOOLEAN)


@function("printf", 1, None, help="C-style formatting.", examples=(('printf("%s-%05.2f", "a", 3.14159)', "a-03.14"),))
def printf(site: Site) -> Value:
    """`printf(format, …)`: the argument of each conversion is brought to its kind."""
    form, kinds = _conversions(site)
    arguments: list[Sql] = []
    for index, kind in enumerate(kinds, 1):
        if index >= len(site.arguments):
            raise refuse(site, f"has {len(kinds)} conversions and {len(site.arguments) - 1} values")
        argument = site.arguments[index]
        if kind == "'":
            arguments.append(_grouped(call("toInt64", call("trunc", number(argument)))))
        elif kind in "di":
            arguments.append(call("toInt64", call("trunc", number(argument))))
        elif kind in "xXou":
            arguments.append(call("toUInt64", number(argument)))
        elif kind in "feEgGF":
            arguments.append(call("toFloat64", number(argument)))
        else:
            arguments.append(text(argument))
    return _text(call("printf", form, *arguments) if arguments else literal(form.replace("%%", "%")))


def _grouped(whole: Sql) -> Sql:
    """A whole number as text with commas between thousands."""
    digits = call("reverse", call("toString", call("abs", whole)))
    marked = call("trim", call("replaceRegexpAll", digits, "(\\d{3})", "\\1 "))
    return call("concat", call("if", infix(exp.LT, whole, literal(0)), "-", ""), call("replaceAll", call("reverse", marked), " ", ","))


def _conversions(site: Site) -> tuple[str, list[str]]:
    form, kinds, index = site.text_constant(0), [], 0
    pieces: list[str] = []
    while index < len(form):
        if form[index] != "%" or form[index + 1 : index + 2] == "%":
            pieces.append(form[index : index + 2] if form[index] == "%" else form[index])
            index += len(pieces[-1])
            continue
        end = index + 1
        while end < len(form) and form[end] in "-+ #0123456789.'lh":
            end += 1
        if end >= len(form) or form[end] not in "diouxXeEfFgGsc":
            raise refuse(site, f"does not know the conversion `{form[index : end + 1]}`")
        if any(int(digits) > MOST_WIDTH for digits in _DIGITS.findall(form[index:end])):
            raise refuse(site, f"takes a width and a precision up to {MOST_WIDTH}")
        grouped = "'" in form[index:end] and form[end] in "diu"
        kinds.append("'" if grouped else form[end])
        flags = form[index:end].replace("'", "").replace("l", "").replace("h", "")
        pieces.append(flags + ("s" if grouped else {"i": "d", "u": "d", "c": "s"}.get(form[end], form[end])))
        index = end + 1
    return "".join(pieces), kinds


def _in_own_network(network: Sql, address: Sql) -> Value:
    """Whether an address lies in the network of its row; null where one of them is missing."""
    parts = call("splitByChar", "/", call("ifNull", network, ""))
    base, length = call("arrayElement", parts, 1), call("toUInt8OrNull", call("arrayElement", parts, 2))
    pairs = (("isIPv4String", 32, "0.0.0.0/0", "0.0.0.0"), ("isIPv6String", 128, "::/0", "::"))  # noqa: S104 - texts to parse, nothing binds to them
    choices: list[Sql | str | bool] = []
    for kind, bits, any_network, any_address in pairs:
        fits = infix(exp.LTE, call("ifNull", length, 255), literal(bits))
        valid = call(
            "and", call(kind, base), call(kind, call("ifNull", address, "")), fits, infix(exp.EQ, call("length", parts), literal(2))
        )
        inside = call(
            "isIPAddressInRange",
            call("if", valid, call("assumeNotNull", address), any_address),
            call("if", valid, call("assumeNotNull", network), any_network),
        )
        choices += [valid, call("toBool", inside)]
    found = call("multiIf", *choices, exp.false())
    missing = call("or", call("isNull", network), call("isNull", address))
    return Value(call("if", missing, None, found), Kind.BOOLEAN)


@function(
    "cidrmatch",
    2,
    help="Whether an IPv4 or IPv6 address lies in a network.",
    examples=(('if(cidrmatch("10.0.0.0/8", "10.1.2.3"), 1, 0)', "1"),),
)
def cidrmatch(site: Site) -> Value:
    """`cidrmatch(network, address)`; false for what is no address, and for what is no network where rows have their own."""
    if site.arguments[0].constant is None:
        return _in_own_network(text(site.arguments[0]), text(site.arguments[1]))
    network = site.text_constant(0)
    try:
        ipaddress.ip_network(network, strict=False)
    except ValueError as error:
        raise refuse(site, f"does not know the network `{network}`", hint="write for example `10.0.0.0/8`") from error
    address = text(site.arguments[1])
    valid = infix(exp.Or, call("isIPv4String", address), call("isIPv6String", address))
    safe = call("if", valid, call("assumeNotNull", address), "0.0.0.0" if ":" not in network else "::")  # noqa: S104 - a text to parse, nothing binds to it
    same_family = call("isIPv6String" if ":" in network else "isIPv4String", address)
    return Value(infix(exp.And, same_family, call("isIPAddressInRange", safe, network)), Kind.BOOLEAN)
