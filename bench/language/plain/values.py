"""Values of the language in plain Python: `None`, numbers, texts, Booleans and lists of texts (`spl.md` §3 to §5)."""

from __future__ import annotations

import re
from functools import cmp_to_key

Cell = str | float | int | bool | list[str] | None
Row = dict[str, Cell]
_NUMERIC = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class UnknownError(Exception):
    """Something this evaluator does not know."""


def number(value: Cell) -> float | None:
    """The number a value is or spells."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, list):
        return number(value[0]) if len(value) == 1 else None
    return float(value) if value is not None and _NUMERIC.fullmatch(value) else None


def text(value: Cell) -> str | None:
    """The text that `tostring` gives."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
    if isinstance(value, list):
        return value[0] if len(value) == 1 else None
    return value


def many(value: Cell) -> list[str]:
    """All members: none of null, one of a single value."""
    if isinstance(value, list):
        return value
    single = text(value)
    return [] if single is None else [single]


def absent(value: Cell) -> bool:
    """Whether there is no value."""
    return value is None or value == []


def compared(left: Cell, right: Cell) -> int | None:
    """-1, 0 or 1; as numbers when both look numeric, else as texts; null with null."""
    one, other = number(left), number(right)
    if one is not None and other is not None:
        return (one > other) - (one < other)
    first, second = text(left), text(right)
    if first is None or second is None:
        return None
    return (first.encode() > second.encode()) - (first.encode() < second.encode())


def holds(op: str, left: Cell, right: Cell) -> bool | None:
    """A comparison; of a multivalue when any member fits."""
    if isinstance(left, list):
        found = [holds(op, each, right) for each in left]
        return any(found) if left else None
    if isinstance(right, list):
        return any(holds(op, left, each) for each in right) if right else None
    order = compared(left, right)
    if order is None:
        return None
    return {"=": order == 0, "==": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[op]


def _order(one: Cell, other: Cell) -> int:
    """Numbers before texts, nulls last."""
    a, b = number(one), number(other)
    if (one is None) != (other is None):
        return 1 if one is None else -1
    if a is not None and b is not None:
        return (a > b) - (a < b)
    if (a is None) != (b is None):
        return -1 if a is not None else 1
    first, second = text(one) or "", text(other) or ""
    return (first > second) - (first < second)


sort_key = cmp_to_key(_order)


def key(value: Cell) -> str | None:
    """What makes two values one in a group."""
    return text(value)
