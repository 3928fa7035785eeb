"""Texts that fit what a query asks: wildcards, regular expressions, time formats, networks, and plain values by the name of a field."""

from __future__ import annotations

import re
import re._constants as code  # the tree of a pattern is the only way to make a text out of it
import re._parser as tree_of
import time
import warnings
from fnmatch import fnmatchcase
from functools import lru_cache

from pilotage.language.plan.patterns import pieces

_ALPHABET = "a1Ab2 _-./:,;=\\\"'@#%&+()[]{}<>|\t\n" + "".join(map(chr, range(33, 127))) + "é"
_POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "space": r"\s",
    "upper": "A-Z",
    "lower": "a-z",
    "punct": "!-/:-@",
    "xdigit": "0-9a-fA-F",
}
_ADDRESS = re.compile(r"(^|[_.\s])(ip|ips|ipaddress|ip_address|ipaddr|src_ip|clientip|addr)$|_ip\b|ipaddress", re.IGNORECASE)
_NUMBER = re.compile(
    r"count|bytes|size|duration|elapsed|latency|_ms$|port$|percent|pct|total|number|num$|score|status|code$|rate|_id$|pid$|age$|length|usage",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"time$|^time|_at$|date|timestamp|first|last", re.IGNORECASE)
NOW_S = 1_767_607_200


def plain(name: str, row: int) -> str:
    """A value that a field of this name may have; the same for the same name and row, wherever it stands."""
    word = re.sub(r"\W", "", re.split(r"[.{}]+", name.rstrip("{}"))[-1]) or "x"
    if _ADDRESS.search(name):
        return f"10.1.2.{row % 3 + 1}" if row % 2 else f"8.8.4.{row % 3 + 1}"
    if name.lower() in ("host", "dest", "src", "user", "action", "result"):
        return f"{word}{row % 3}"
    if _MOMENT.search(name):
        return str(NOW_S - 600 - 60 * row)
    if _NUMBER.search(name):
        return str(200 + 7 * (row % 5))
    return f"{word}{row % 3}"


def several(*texts: str) -> str:
    """A multivalue as one text, which `members` takes apart."""
    return "\0" + "\0".join(texts)


def members(text: str) -> list[str]:
    """The members of what `several` made."""
    return text[1:].split("\0")


def of_wildcard(pattern: str) -> str:
    """A text that `a*b` matches."""
    return "x".join(pieces(pattern))


def fits_wildcard(pattern: str, text: str) -> bool:
    """Whether a search would find it."""
    parts = [part.lower() for part in pieces(pattern)]
    return re.fullmatch(".*".join(map(re.escape, parts)), text.lower(), re.DOTALL) is not None


def of_like(pattern: str) -> str:
    """A text that SQL's LIKE matches."""
    return pattern.replace("%", "x").replace("_", "x")


def fits_like(pattern: str, text: str) -> bool:
    """Whether LIKE would keep it."""
    return fnmatchcase(text, pattern.replace("[", "[[]").replace("%", "*").replace("_", "?"))


def of_network(text: str) -> str:
    """An address of a network."""
    base = text.split("/", maxsplit=1)[0].split(",", maxsplit=1)[0].strip()
    found = re.fullmatch(r"(\d+\.\d+\.\d+)\.\d+", base)
    return f"{found[1]}.7" if found else base.rstrip(":") + ("::7" if ":" in base else "")


def of_format(format: str, row: int) -> str:
    """A time written in a strftime format."""
    written = re.sub(r"%[369]?[NQ]", "123", format).replace("%z", "+0000").replace("%:z", "+00:00").replace("%Z", "UTC")
    try:
        return time.strftime(written.replace("%T", "%H:%M:%S").replace("%F", "%Y-%m-%d"), time.gmtime(NOW_S - 600 - 60 * row))
    except ValueError:
        return written


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """A PCRE as Python reads it; `None` where it cannot."""
    text = re.sub(r"\(\?<([A-Za-z_]\w*)>", r"(?P<\1>", pattern)
    text = re.sub(r"\[:(\w+):\]", lambda found: _POSIX.get(found[1], "a"), text)
    text = (
        text.replace(r"\h", r"[ \t]")
        .replace(r"\K", "")
        .replace(r"\R", "\n")
        .replace("(?|", "(?:")
        .replace(r"\z", r"\Z")
        .replace(r"\/", "/")
    )
    flags = re.IGNORECASE if "(?i" in text else re.NOFLAG
    text = re.sub(r"\(\?[imsxU]+\)", "", text)
    seen: set[str] = set()

    def once(found: re.Match[str]) -> str:
        known = found[1] in seen
        seen.add(found[1])
        return "(" if known else found[0]

    text = re.sub(r"\(\?P<(\w+)>", once, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(text, flags)
    except (re.error, OverflowError, RecursionError):
        return None


def of_regex(pattern: str, row: int = 0, values: dict[str, str] | None = None) -> str:
    """A text in which the pattern is found; its named groups are `values` where they may be."""
    known = compiled(pattern)
    if known is None:
        return "x"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = tree_of.parse(known.pattern, known.flags & ~re.UNICODE)
    names = {number: name for name, number in known.groupindex.items()}
    wanted = {}
    for number, name in names.items():
        value = (values or {}).get(name)
        if value is not None:
            wanted[number] = value
    for given in ({}, *({number: wanted[number]} for number in wanted), wanted):
        text = _Writer(row, {**given}).text(parsed)
        found = known.search(text)
        if found is None or any(found[number] != value for number, value in given.items()):
            for number in given:
                if found is None or found[number] != given[number]:
                    wanted.pop(number, None)
    return _Writer(row, wanted).text(parsed)


class _Writer:
    """Writes one text of a pattern's tree."""

    def __init__(self, row: int, values: dict[int, str]) -> None:
        self._row = row
        self._groups: dict[int, str] = {}
        self._values = values

    def text(self, tree: object) -> str:
        return "".join(self._one(op, argument) for op, argument in tree)  # type: ignore[attr-defined]

    def _one(self, op: object, argument: object) -> str:
        if op is code.LITERAL:
            return chr(argument)  # type: ignore[arg-type]
        if op is code.NOT_LITERAL:
            return next(letter for letter in _ALPHABET if ord(letter) != argument)
        if op is code.ANY:
            return "x"
        if op is code.IN:
            return next((letter for letter in _ALPHABET if _inside(argument, letter)), "x")
        if op is code.BRANCH:
            branches = argument[1]  # type: ignore[index]
            return self.text(branches[self._row % len(branches)])
        if op is code.SUBPATTERN:
            number, tree = argument[0], argument[-1]  # type: ignore[index]
            text = self._values.get(number) if number in self._values else self.text(tree)
            self._groups[number] = text or ""
            return text or ""
        if op in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
            least, most, tree = argument  # type: ignore[misc]
            return "".join(self.text(tree) for _ in range(min(max(least, 2 if most > 3 else 1), most, 200)))
        if op is code.ASSERT:
            direction, tree = argument  # type: ignore[misc]
            return self.text(tree) if direction < 0 else ""
        if op is code.ATOMIC_GROUP:
            return self.text(argument)
        if op is code.GROUPREF:
            return self._groups.get(argument, "")  # type: ignore[call-overload]
        return ""


_CATEGORIES = {
    code.CATEGORY_DIGIT: str.isdigit,
    code.CATEGORY_SPACE: str.isspace,
    code.CATEGORY_WORD: lambda letter: letter.isalnum() or letter == "_",
    code.CATEGORY_NOT_DIGIT: lambda letter: not letter.isdigit(),
    code.CATEGORY_NOT_SPACE: lambda letter: not letter.isspace(),
    code.CATEGORY_NOT_WORD: lambda letter: not (letter.isalnum() or letter == "_"),
}


def _inside(items: object, letter: str) -> bool:
    negated, found = False, False
    for op, argument in items:  # type: ignore[attr-defined]
        if op is code.NEGATE:
            negated = True
        elif op is code.LITERAL:
            found |= ord(letter) == argument
        elif op is code.RANGE:
            found |= argument[0] <= ord(letter) <= argument[1]
        elif op is code.CATEGORY:
            found |= _CATEGORIES[argument](letter)
    return found != negated
