"""A series with its band as lines of Braille dots: what a terminal can show of a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
Row = Sequence[float | None]


def chart(rows: Sequence[Row], *, columns: int = 100, lines: int = 12) -> str:
    """Rows of (slice, value, expected, lower, upper, score, flags) as text: the value in dots, the band's edges fainter, alerts below."""
    rows = [row for row in rows if row[0] is not None]
    shown = [float(v) for row in rows for v in (row[1], row[3], row[4]) if v is not None and math.isfinite(v)]
    if not shown:
        return "(no values)\n"
    low, high = min(shown), max(shown)
    high = high if high > low else low + (abs(low) or 1.0)
    begin, end = float(rows[0][0] or 0), float(rows[-1][0] or 0)
    wide, tall = columns * 2, lines * 4
    dots = [[0] * columns for _ in range(lines)]
    marks = [" "] * columns

    def put(time: float, value: float | None) -> None:
        if value is None or not math.isfinite(value):
            return
        x = min(wide - 1, int((time - begin) / max(end - begin, 1e-9) * (wide - 1)))
        y = min(tall - 1, max(0, int((high - value) / (high - low) * (tall - 1))))
        dots[y // 4][x // 2] |= _DOTS[y % 4][x % 2]

    for row in rows:
        time = float(row[0] or 0)
        for number, column in enumerate((1, 3, 4)):
            # Edges of the band are dotted: every third slice.
            if number == 0 or int(time // 300) % 3 == 0:
                put(time, row[column])
        flags = int(row[6] or 0)
        if flags:
            x = min(columns - 1, int((time - begin) / max(end - begin, 1e-9) * (columns - 1)))
            marks[x] = "▲" if flags & 2 or marks[x] == "▲" else "·"
    found = []
    for number, line in enumerate(dots):
        label = f"{high:>10.4g}" if number == 0 else f"{low:>10.4g}" if number == lines - 1 else " " * 10
        found.append(f"{label} ┤" + "".join(chr(0x2800 + dot) for dot in line))
    found.append(" " * 12 + "".join(marks))
    first, last = (datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M") for time in (begin, end))
    found.append(" " * 12 + first + last.rjust(columns - len(first)))
    return "\n".join(found) + "\n"
