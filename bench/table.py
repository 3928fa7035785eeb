"""One measured figure beside its goal, and the table of them."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

COMPARE: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le, "==": operator.eq}


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured; `goal` such as `>= 100000`, empty where there is none; `load1` is the machine's load at its end."""

    item: str
    measured: float | None
    unit: str
    goal: str = ""
    note: str = ""
    load1: float = field(default_factory=lambda: round(os.getloadavg()[0], 2))

    @property
    def verdict(self) -> str:
        """`ok`, `MISS`, or empty without a goal."""
        if not self.goal:
            return ""
        comparison, limit = self.goal.split()
        return "ok" if self.measured is not None and COMPARE[comparison](self.measured, float(limit)) else "MISS"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _goal(goal: str) -> str:
    comparison, _, limit = goal.partition(" ")
    return f"{comparison} {_number(float(limit))}" if goal else ""


def render(figures: Sequence[Figure]) -> str:
    """The figures as an aligned table."""
    head = ("item", "measured", "goal", "unit", "load1", "", "note")
    rows = [(f.item, _number(f.measured), _goal(f.goal), f.unit, f"{f.load1:.2f}", f.verdict, f.note) for f in figures]
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
    right = {1, 2, 4}
    lines = [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [head, tuple("-" * w for w in widths), *rows]
    ]
    return "\n".join(lines)


def save(figures: Sequence[Figure], path: Path) -> None:
    """One JSON object a line, for comparing runs."""
    keys = ("item", "measured", "unit", "goal", "verdict", "note", "load1")
    path.write_text("".join(json.dumps({k: getattr(f, k) for k in keys}) + "\n" for f in figures))
