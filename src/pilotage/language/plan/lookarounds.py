r"""Look-around that RE2 can say: at the ends of a pattern it only asks for a neighbour, which the first match may as well take in.

`(?<=x)y` finds its groups where `xy` does, `y(?=z)` where `yz` does, `y(?!\d)` where `y(?:\D|\z)` does. That holds for the groups of the
first match and for whether there is one; not for the text a replacement removes, nor for further matches, which may share a neighbour.
"""

from __future__ import annotations

import re

from pilotage.language.plan.regexes import beyond_re2, class_end, group_end

_FLAGS = re.compile(r"\(\?[is]+\)")
_LOOK = re.compile(r"\(\?(<?)([=!])")
_TOKEN = re.compile(r"\\[dDwWsStnr]|\\[^\w\s]|[^\\\[\](){}|.^$*+?]", re.DOTALL)
_MOST_LETTERS = 40
_OPPOSITE = {"\\d": "\\D", "\\D": "\\d", "\\w": "\\W", "\\W": "\\w", "\\s": "\\S", "\\S": "\\s"}


def eased(pattern: str) -> str | None:
    """A pattern for RE2 whose first match has the same groups; `None` when there is none so simple."""
    start = found.end() if (found := _FLAGS.match(pattern)) else 0
    flags, rest = pattern[:start], pattern[start:]
    tokens = _tokens(rest)
    if tokens is None or "|" in tokens:
        return None
    first = _first(tokens[0]) if tokens else None
    if first is not None:
        tokens = [first, *tokens[1:]]
    last = _last(tokens[-1]) if len(tokens) > 1 else None
    if last is not None:
        tokens = [*tokens[:-1], last]
    made = flags + "".join(tokens)
    return None if (first is None and last is None) or beyond_re2(made) else made


def _tokens(pattern: str) -> list[str] | None:
    """The parts of a pattern at its top level, repeats with what they repeat; `None` when it cannot be read."""
    found: list[str] = []
    position = 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "(":
            end = group_end(pattern, position)
            if _open(pattern[position:end]):
                return None
        elif letter == "[":
            end = class_end(pattern, position)
        else:
            end = position + (2 if letter == "\\" else 1)
        if end > len(pattern):
            return None
        token = pattern[position:end]
        if letter in "*+?{" and found:
            if letter == "{":
                end = pattern.find("}", position) + 1 or len(pattern)
                token = pattern[position:end]
            found[-1] += token
        else:
            found.append(token)
        position = end
    return found


def _open(group: str) -> bool:
    """Whether a group reaches the end of the pattern without being closed."""
    return not group.endswith(")") or group_end(group + ")", 0) > len(group)


def _first(token: str) -> str | None:
    look = _LOOK.match(token)
    if look is None or not look[1] or not token.endswith(")"):
        return None
    letters = _letters(token[look.end() : -1])
    if not letters:
        return None
    if look[2] == "=":
        return f"(?:{''.join(letters)})"
    # As many letters before, not all of them those; or the text begins before there are as many.
    count = len(letters)
    ways = [f"{''.join(letters[:place])}{_other(letters[place])}{_any(count - place - 1)}" for place in range(count)]
    begin = r"\A" if count == 1 else rf"\A(?s:.){{0,{count - 1}}}?"
    return f"(?:{begin}|{'|'.join(ways)})"


def _any(count: int) -> str:
    return f"(?s:.){{{count}}}" if count else ""


def _last(token: str) -> str | None:
    look = _LOOK.match(token)
    if look is None or look[1] or not token.endswith(")"):
        return None
    inside = token[look.end() : -1]
    if look[2] == "=":
        return None if "(" in re.sub(r"\\.|\(\?:", "", inside) else f"(?:{inside})"
    made = ""
    for letter in reversed(_letters(inside)):
        made = rf"(?:{_other(letter)}|{letter}{made}|\z)" if made else rf"(?:{_other(letter)}|\z)"
    return made or None


def _letters(inside: str) -> list[str]:
    """The tokens of a pattern that takes as many letters as it has tokens; none when it is no such pattern, or too long."""
    found: list[str] = []
    position = 0
    while position < len(inside):
        if inside[position] == "[":
            end = class_end(inside, position)
        else:
            token = _TOKEN.match(inside, position)
            end = token.end() if token else position
        found.append(inside[position:end])
        if end == position or len(found) > _MOST_LETTERS or _other(found[-1]) is None:
            return []
        position = end
    return found


def _other(letter: str) -> str | None:
    """Any one letter but those that a pattern of one letter means."""
    if letter in _OPPOSITE:
        return _OPPOSITE[letter]
    if letter.startswith("["):
        if not letter.endswith("]"):
            return None
        return f"[{letter[2:]}" if letter.startswith("[^") else f"[^{letter[1:]}"
    return f"[^{letter}]" if _TOKEN.fullmatch(letter) else None
