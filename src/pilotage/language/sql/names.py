"""Field names and `*` patterns: which names a pattern means, and what a paired pattern makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable


def has_star(pattern: str) -> bool:
    """Whether a field pattern can mean several names."""
    return "*" in pattern


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern with a group a star."""
    return re.compile("(.*)".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names a pattern means, in their order; names starting with `_` must be asked for by one."""
    if not has_star(pattern):
        return [n for n in names if n == pattern]
    expression = compiled(pattern)
    return [n for n in names if (not n.startswith("_") or pattern.startswith("_")) and expression.fullmatch(n)]


def substituted(pattern: str, target: str, name: str) -> str:
    """`target` with its stars filled by what the stars of `pattern` stand for in `name`."""
    found = compiled(pattern).fullmatch(name)
    groups = list(found.groups()) if found else []
    parts = target.split("*")
    filled = parts[0]
    for number, part in enumerate(parts[1:]):
        filled += (groups[number] if number < len(groups) else "") + part
    return filled
