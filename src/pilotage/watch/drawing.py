"""A chart of judged slices as SVG text: the value, the expected band, what was unusual, where it alerted. Pure, without a library."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape

WIDTH, HEIGHT = 900, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 34, 30
# Larger numbers are drawn at the edge: the difference of two of them would be no float.
MOST = 4e307
MOST_LINES = 12
Row = Sequence[float | None]
_STEPS = (300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400)


def svg(rows: Sequence[Row], title: str, *, width: float = 300.0, markers: Sequence[tuple[float, str]] = ()) -> str:
    """An SVG document of rows (slice, value, expected, lower, upper, score, flags); `width` seconds a slice; `markers` (time, text)."""
    picture = _Picture(rows, width)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="18" font-size="13" font-weight="bold" fill="#1f2933">{escape(title[:110])}</text>',
        *picture.axes(),
        *picture.alerts(),
        *picture.band(),
        picture.line(2, "#8a94a6", ' stroke-dasharray="4 3"'),
        picture.line(1, "#1d4ed8", ""),
        *picture.unusual(),
        *picture.marks(markers),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


class _Picture:
    """Places rows on the sheet."""

    def __init__(self, rows: Sequence[Row], width: float) -> None:
        self._rows = [row for row in rows if row[0] is not None]
        self._width = width
        times = [float(row[0] or 0) for row in self._rows] or [0.0]
        self._begin, self._end = times[0], times[-1] + width
        shown = [_held(value, -MOST, MOST) for row in self._rows for value in (row[1], row[3], row[4]) if _there(value)] or [0.0]
        low, high = min(shown), max(shown)
        if 0 <= low < 0.5 * high:
            low = 0.0
        margin = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
        self._low, self._high = (low if low == 0 else low - margin), high + margin

    def _x(self, time: float) -> float:
        return LEFT + (time - self._begin) / max(self._end - self._begin, 1e-9) * (WIDTH - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        return TOP + (self._high - value) / (self._high - self._low) * (HEIGHT - TOP - BOTTOM)

    def axes(self) -> list[str]:
        """Grid lines with their numbers."""
        parts = []
        for value in ticks(self._low, self._high):
            y = self._y(value)
            parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e4e7eb"/>')
            parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#52606d">{value:.6g}</text>')
        span = self._end - self._begin
        every = next((each for each in _STEPS if span / each <= 8), math.ceil(span / 8 / _STEPS[-1]) * _STEPS[-1])
        time = math.ceil(self._begin / every) * every
        form = "%m-%d" if every >= 86_400 else "%m-%d %H:%M" if span > 86_400 else "%H:%M"
        while time < self._end:
            x = self._x(time)
            text = datetime.fromtimestamp(time, UTC).strftime(form)
            parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#f0f2f5"/>')
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle" fill="#52606d">{text}</text>')
            time += every
        return parts

    def band(self) -> list[str]:
        """The usual range as one area a run of slices that have it."""
        parts = []
        for run in _runs(self._rows, lambda row: _there(row[3]) and _there(row[4])):
            upper = [f"{self._x(float(row[0] or 0)):.1f},{self._y(_held(row[4], self._low, self._high)):.1f}" for row in run]
            lower = [f"{self._x(float(row[0] or 0)):.1f},{self._y(_held(row[3], self._low, self._high)):.1f}" for row in reversed(run)]
            parts.append(f'<polygon points="{" ".join(upper + lower)}" fill="#bfdbfe" fill-opacity="0.6"/>')
        return parts

    def line(self, column: int, colour: str, style: str) -> str:
        """One column as lines that break where it is missing."""
        runs = _runs(self._rows, lambda row: _there(row[column]))
        path = " ".join(
            "M" + " L".join(f"{self._x(float(row[0] or 0)):.1f} {self._y(_held(row[column], self._low, self._high)):.1f}" for row in run)
            for run in runs
        )
        return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.3"{style}/>' if path else ""

    def unusual(self) -> list[str]:
        """A dot on each unusual slice."""
        return [
            f'<circle cx="{self._x(float(row[0] or 0)):.1f}" '
            f'cy="{self._y(_held(row[1], self._low, self._high)):.1f}" r="2.6" fill="#dc2626"/>'
            for row in self._rows
            if int(row[6] or 0) & 1 and _there(row[1])
        ]

    def alerts(self) -> list[str]:
        """A shade over slices that alert."""
        parts = []
        for run in _runs(self._rows, lambda row: int(row[6] or 0) & 2 > 0):
            begin, end = self._x(float(run[0][0] or 0)), self._x(float(run[-1][0] or 0) + self._width)
            parts.append(
                f'<rect x="{begin:.1f}" y="{TOP}" width="{max(1.5, end - begin):.1f}" height="{HEIGHT - TOP - BOTTOM}" fill="#fee2e2"/>'
            )
        return parts

    def marks(self, markers: Sequence[tuple[float, str]]) -> list[str]:
        """Upright lines for what happened, such as a deployment."""
        parts = []
        for time, text in markers:
            if self._begin <= time <= self._end:
                x = self._x(time)
                parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#7c3aed" stroke-dasharray="2 2"/>')
                parts.append(f'<text x="{x + 3:.1f}" y="{TOP + 10}" fill="#7c3aed">{escape(text[:40])}</text>')
        return parts


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from `low` to `high`, at most a dozen: where the range is finer than floats are, those that differ."""
    step = nice((high - low) / 4)
    first = math.ceil(low / step)
    found = ((first + number) * step for number in range(MOST_LINES))
    return list(dict.fromkeys(value for value in found if low <= value <= high))


def nice(step: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    if not step > 0 or not math.isfinite(step):
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= step * 0.999999) if power > 0 else step


def _there(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _held(value: float | None, low: float, high: float) -> float:
    return min(max(float(value or 0.0), low), high)


def _runs(rows: Sequence[Row], wanted: Callable[[Row], bool]) -> list[list[Row]]:
    """Neighbouring rows for which `wanted` is true."""
    runs: list[list[Row]] = []
    inside = False
    for row in rows:
        fits = wanted(row)
        if fits and inside:
            runs[-1].append(row)
        elif fits:
            runs.append([row])
        inside = fits
    return runs
