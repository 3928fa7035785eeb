r"""Text patterns of search clauses: `*` stands for any text, `\*` for a star, `\\` for a backslash; any other backslash for itself."""

from __future__ import annotations

import re

_AMBIGUOUS = re.compile(r"\\(?=[\\*])")


def pieces(pattern: str) -> tuple[str, ...]:
    """The literal texts between the wildcards: one piece = no wildcard; `a*b` → `("a", "b")`, `*` → `("", "")`."""
    found: list[list[str]] = [[]]
    index = 0
    while index < len(pattern):
        letter = pattern[index]
        if letter == "\\" and pattern[index + 1 : index + 2] in ("*", "\\"):
            found[-1].append(pattern[index + 1])
            index += 2
            continue
        if letter == "*":
            found.append([])
        else:
            found[-1].append(letter)
        index += 1
    return tuple("".join(piece) for piece in found)


def pattern_of(parts: tuple[str, ...]) -> str:
    """The pattern whose `pieces` are `parts`; a wildcard stands between two parts."""
    written = []
    for number, part in enumerate(parts, 1):
        text = _AMBIGUOUS.sub(r"\\\\", part).replace("*", "\\*")
        written.append(text + "\\" if part.endswith("\\") and number < len(parts) else text)
    return "*".join(written)


def has_wildcard(pattern: str) -> bool:
    """Whether the pattern matches more than one text."""
    return len(pieces(pattern)) > 1


def written_pattern(raw: str, escaped: str) -> str:
    """The pattern of raw text as people write it: a backslash before one of the `escaped` letters makes it plain, `*` is any text."""
    parts: list[list[str]] = [[]]
    index = 0
    while index < len(raw):
        letter = raw[index]
        if letter == "\\" and raw[index + 1 : index + 2] and raw[index + 1] in escaped:
            index += 1
            parts[-1].append(raw[index])
        elif letter == "*":
            parts.append([])
        else:
            parts[-1].append(letter)
        index += 1
    return pattern_of(tuple("".join(part) for part in parts))
