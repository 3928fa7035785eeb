"""Groups of rows by their keys, rows in the order of sort keys, and names that fit patterns."""

from __future__ import annotations

import re

from bench.language.plain.values import Cell, Row, UnknownError, absent, key, sort_key
from pilotage.language.plan.nodes import SortKey
from pilotage.language.plan.patterns import pieces


def grouped(rows: list[Row], by: tuple[str, ...], *, empty: bool = False) -> dict[tuple[Cell, ...], list[Row]]:
    """Rows by the values of their keys; each value of a multivalue counts."""
    groups: dict[tuple[Cell, ...], list[Row]] = {}
    first: dict[tuple[Cell, ...], tuple[Cell, ...]] = {}
    for row in rows:
        places: list[tuple[Cell, ...]] = [()]
        for name in by:
            value = row.get(name)
            values: list[Cell] = list(value) if isinstance(value, list) else [] if value is None else [value]
            places = [(*place, each) for place in places for each in (values or ([None] if empty else []))]
        for place in places:
            same = tuple(key(each) for each in place)
            groups.setdefault(first.setdefault(same, place), []).append(row)
    return groups


def ordered(rows: list[Row], keys: tuple[SortKey, ...]) -> list[Row]:
    found = list(rows)
    for each in reversed(keys):
        if each.kind not in ("auto", "num", "str"):
            raise UnknownError(f"sort {each.kind}")
        if each.kind == "auto":
            present = [row for row in found if not absent(row.get(each.field))]
            missing = [row for row in found if absent(row.get(each.field))]
            present.sort(key=lambda row, name=each.field: sort_key(row.get(name)), reverse=each.descending)  # type: ignore[misc]
            found = present + missing
        else:
            raise UnknownError(f"sort {each.kind}")
    return found


def of_index(name: str, pattern: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pieces(pattern))), name) is not None and (
        pattern.startswith("_") or not name.startswith("_")
    )


def named(name: str, pattern: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None
