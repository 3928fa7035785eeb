"""Conditions on a value as people write them: `> 100`, `<= 0.5`, `outside 10..20`, `inside 10..20`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotage.model.problem import fail

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_COMPARISON = re.compile(rf"(>=|<=|>|<|=|!=)\s*({_NUMBER})")
_RANGE = re.compile(rf"(inside|outside)\s+({_NUMBER})\s*\.\.\s*({_NUMBER})")
_EXAMPLES = "write such as `> 100`, `<= 0.5`, `outside 10..20` or `inside 10..20`"


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison with one bound, or `inside` and `outside` with two (bounds belong to the range)."""

    operator: str
    low: float
    high: float = 0.0

    def holds(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which values meet it; a missing one (NaN) does not."""
        with np.errstate(invalid="ignore"):
            match self.operator:
                case ">":
                    found = values > self.low
                case ">=":
                    found = values >= self.low
                case "<":
                    found = values < self.low
                case "<=":
                    found = values <= self.low
                case "=":
                    found = values == self.low
                case "!=":
                    found = values != self.low
                case "inside":
                    found = (values >= self.low) & (values <= self.high)
                case _:
                    found = (values < self.low) | (values > self.high)
        return np.asarray(found & ~np.isnan(values), dtype=np.bool_)

    @property
    def band(self) -> tuple[float, float]:
        """Lower and upper bound of what is usual; NaN where there is none."""
        match self.operator:
            case ">" | ">=":
                return np.nan, self.low
            case "<" | "<=":
                return self.low, np.nan
            case "outside":
                return self.low, self.high
            case _:
                return np.nan, np.nan

    def __str__(self) -> str:
        if self.operator in ("inside", "outside"):
            return f"{self.operator} {self.low:g}..{self.high:g}"
        return f"{self.operator} {self.low:g}"


def read_condition(text: str, name: str) -> Condition:
    """The condition in a text; `name` is what it belongs to. Raises `bad-monitor`."""
    written = text.strip().lower()
    if found := _COMPARISON.fullmatch(written):
        return Condition(found[1], float(found[2]))
    if found := _RANGE.fullmatch(written):
        low, high = float(found[2]), float(found[3])
        if low <= high:
            return Condition(found[1], low, high)
        raise fail("bad-monitor", f"`{name}` has a range that ends before it begins, `{text}`", hint=_EXAMPLES)
    raise fail("bad-monitor", f"`{name}` is not a condition, `{text}`", hint=_EXAMPLES)
