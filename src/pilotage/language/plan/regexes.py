"""Regular expressions as people write them (PCRE): which need more than RE2, and the RE2 pattern that matches at least as much."""

from __future__ import annotations

import re

from pilotage.model.problem import Span, fail

_PLAIN = re.compile(r"\\[^1-9gkKRXGZNhHVe]|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]", re.DOTALL)
_BEYOND = re.compile(
    r"""
      \(\?(?:[=!>|(&R]|<[=!]|\d|[+-]\d|P[=>]|[a-zA-Z-]*[xJ])   # look-around, atomic, reset, conditions, recursion, free spacing
    | \(\*[A-Z]                                              # verbs
    | \\(?:[1-9]|[gk][{<'\d-]|[KRXGZNhHVe])                    # back-references, and escapes that RE2 does not know
    | [*+?}]\+                                               # possessive repeats
    """,
    re.VERBOSE,
)
_SPACED = re.compile(r"\(\?[a-zA-Z]*x")
_REPEAT = re.compile(r"\{(\d*),?(\d*)\}")
_OPEN = re.compile(r"\((?:\?(?P<flags>[imsU-]*)(?P<end>[:)])|\?(?:P?<(?P<name>[A-Za-z_]\w*)>|'(?P<quoted>\w+)')|(?P<special>[?*])|)")
_LOOK = re.compile(r"\(\?<?[=!]")
_KNOWN = frozenset("dDwWsSbBAztnrfvpP")
_MOST_REPEATS = 1000


def beyond_re2(pattern: str) -> bool:
    """Whether a pattern needs a backtracking engine."""
    # Escaped characters and classes are one letter each, so that what stands in them is no operator.
    plain = _PLAIN.sub("x", pattern)
    if _BEYOND.search(plain):
        return True
    return any(int(number or 0) > _MOST_REPEATS for found in _REPEAT.finditer(plain) for number in found.groups())


def prefilter(pattern: str) -> str:
    """An RE2 pattern that occurs wherever `pattern` does; '' when none is known."""
    parts: list[str] = []
    position, repeats, level = 0, False, 0
    while position < len(pattern) and level >= 0:
        letter = pattern[position]
        part, position, repeats = _part(pattern, position, repeats=repeats)
        if part is None:
            return ""
        level += (letter == "(" and part.startswith("(") and not part.endswith(")")) - (letter == ")")
        parts.append(part)
    return "" if level else "".join(parts)


def _part(pattern: str, start: int, *, repeats: bool) -> tuple[str | None, int, bool]:
    """What the token at `start` becomes (`None` = not known), where the next one starts, whether it was a repeat."""
    letter = pattern[start]
    if letter == "\\":
        return (*_escape(pattern, start), False)
    if letter == "[":
        end = class_end(pattern, start)
        inside = pattern[start:end]
        known = all(each[1] in _KNOWN or not each[1].isalnum() for each in re.findall(r"\\.", inside))
        return (inside if known else None), end, False
    if letter == "(":
        return (*_opening(pattern, start), False)
    if letter == "$":
        # Before a last line break, too.
        return r"(?:$|\n\z)", start + 1, False
    if letter in "*+?{":
        return _repeat(pattern, start, repeats=repeats)
    return letter, start + 1, False


def _repeat(pattern: str, start: int, *, repeats: bool) -> tuple[str | None, int, bool]:
    letter = pattern[start]
    if repeats:
        # A second sign says how greedy the repeat is: lazy is known, possessive matches less.
        return ("?" if letter == "?" else "" if letter == "+" else None), start + 1, False
    if letter != "{":
        return letter, start + 1, True
    found = _REPEAT.match(pattern, start)
    if found is None:
        return "\\{", start + 1, False
    small = all(int(number or 0) <= _MOST_REPEATS for number in found.groups())
    return (found[0] if small and found[1] else None), found.end(), True


def _escape(pattern: str, start: int) -> tuple[str | None, int]:
    letter = pattern[start + 1 : start + 2]
    if letter.isdigit():
        return "(?s:.*)", start + 2
    if not letter or (letter.isalnum() and letter not in _KNOWN):
        return None, start + 2
    named = re.compile(r"[pP]\{\w+\}").match(pattern, start + 1)
    return (pattern[start : named.end()], named.end()) if named else (pattern[start : start + 2], start + 2)


def class_end(pattern: str, start: int) -> int:
    """Behind the class that begins at `start`."""
    position = start + 1 + pattern.startswith("^", start + 1)
    position += pattern.startswith("]", position)
    while position < len(pattern) and pattern[position] != "]":
        posix = re.compile(r"\[:\^?\w+:\]").match(pattern, position)
        position = posix.end() if posix else position + (2 if pattern[position] == "\\" else 1)
    return min(len(pattern), position + 1)


def _opening(pattern: str, start: int) -> tuple[str | None, int]:
    if _LOOK.match(pattern, start):
        end = group_end(pattern, start)
        return (None if pattern[end : end + 1] in ("*", "+", "?", "{") else ""), end
    if pattern.startswith("(?>", start):
        return "(?:", start + 3
    found = _OPEN.match(pattern, start)
    if found is None or found["special"]:
        return None, start + 1
    if found["name"] or found["quoted"]:
        return "(", found.end()
    return found[0], found.end()


def group_end(pattern: str, start: int) -> int:
    """Behind the parenthesis that closes the one at `start`."""
    level, position = 0, start
    while position < len(pattern):
        letter = pattern[position]
        if letter == "[":
            position = class_end(pattern, position)
            continue
        position += 2 if letter == "\\" else 1
        level += {"(": 1, ")": -1}.get(letter, 0)
        if level == 0:
            break
    return position


def check_balance(pattern: str, span: Span | None = None) -> None:
    """Refuse a pattern whose parentheses or classes do not close, with code `regex-invalid`; nothing else is looked at."""
    if "\\Q" in pattern or _SPACED.search(pattern):
        return
    plain = _PLAIN.sub("x", pattern)
    # A letter behind a backslash, of whatever kind, is itself.
    plain = re.sub(r"\\.", "x", plain, flags=re.DOTALL)
    level = 0
    for letter in plain:
        level += {"(": 1, ")": -1}.get(letter, 0)
        if level < 0:
            break
    mark = ")" if level < 0 else "(" if level else "[" if "[" in plain else ""
    if mark:
        what = "closed but never opened" if mark == ")" else "opened but never closed"
        hint = f"write `\\{mark}` for the letter itself"
        raise fail("regex-invalid", f"a `{mark}` of the pattern is {what}", span=span, hint=hint)
