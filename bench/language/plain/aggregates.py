"""Stats functions over the rows of one group, in row order."""

from __future__ import annotations

import math
from collections import Counter

from bench.language.plain.expressions import Evaluation
from bench.language.plain.values import Cell, Row, UnknownError, absent, many, number, text
from pilotage.language.plan.expressions import Field
from pilotage.language.plan.nodes import Aggregation


def aggregated(item: Aggregation, rows: list[Row], evaluation: Evaluation) -> Cell:
    """The value of one aggregate over rows."""
    if item.spark is not None or item.wildcard:
        raise UnknownError("sparkline or wildcard")
    if item.argument is None:
        if item.function != "count":
            raise UnknownError(item.function)
        return float(len(rows))
    cells = [evaluation.value(item.argument, row) for row in rows]
    if item.function == "count" and not isinstance(item.argument, Field) and all(cell is None or isinstance(cell, bool) for cell in cells):
        return float(sum(cell is True for cell in cells))
    if not isinstance(item.argument, Field):
        # A condition is 1 or 0 where numbers are taken.
        cells = [float(cell) if isinstance(cell, bool) and item.function in ("sum", "avg", "max", "min") else cell for cell in cells]
    texts = [each for cell in cells for each in many(cell)]
    if item.function in ("first", "last"):
        present = [cell for cell in cells if not absent(cell)]
        return None if not present else present[0] if item.function == "first" else present[-1]
    if item.function in ("earliest", "latest", "earliest_time", "latest_time"):
        return _by_time(item.function, [(number(row.get("_time")), cell) for row, cell in zip(rows, cells, strict=True)])
    return _over(item, texts)


def _over(item: Aggregation, texts: list[str]) -> Cell:
    numbers = [found for each in texts if (found := number(each)) is not None]
    count = len(numbers)
    match item.function:
        case "count":
            return float(len(texts))
        case "dc" | "estdc":
            return float(len(set(texts)))
        case "values":
            return sorted(set(texts), key=str.encode)
        case "list":
            return texts[:100]
        case "mode":
            counted = Counter(texts)
            return min(counted, key=lambda each: (-counted[each], each)) if counted else None
        case "min" | "max" as name:
            if not texts:
                return None
            best = max if name == "max" else min
            return best(numbers) if count == len(texts) else best(texts, key=str.encode)
        case "sum":
            return math.fsum(numbers) if numbers else None
        case "avg":
            return math.fsum(numbers) / count if numbers else None
        case "range":
            return max(numbers) - min(numbers) if numbers else None
        case "median" | "perc" | "exactperc" as name:
            if not numbers:
                return None
            share = 50.0 if name == "median" else item.parameter or 0.0
            ordered = sorted(numbers)
            return ordered[min(count - 1, max(0, math.floor(share / 100 * count)))] if share < 100 else ordered[-1]
        case "stdev" | "stdevp" | "var" | "varp" as name:
            if not numbers:
                return None
            mean = math.fsum(numbers) / count
            squares = math.fsum((each - mean) ** 2 for each in numbers)
            least = 0 if name.endswith("p") else 1
            if count == 1:
                if name == "var":
                    raise UnknownError("var of one")
                return 0.0
            found = squares / (count - least)
            return math.sqrt(found) if name.startswith("stdev") else found
    raise UnknownError(f"aggregate {item.function}")


def _by_time(name: str, pairs: list[tuple[float | None, Cell]]) -> Cell:
    known = [(moment, cell) for moment, cell in pairs if moment is not None and not absent(cell)]
    if not known:
        return None
    moments = [moment for moment, _ in known]
    wanted = max(moments) if name.startswith("latest") else min(moments)
    if name.endswith("_time"):
        return wanted
    found = {text(cell) for moment, cell in known if moment == wanted}
    if len(found) > 1:
        raise UnknownError("several values at one time")
    return next(cell for moment, cell in known if moment == wanted)
