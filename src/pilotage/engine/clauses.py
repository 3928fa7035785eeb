"""Rows as text of a search clause: what `format` and `return` make of them."""

from __future__ import annotations

import re

import msgspec

from pilotage.engine.frame import Frame
from pilotage.model.fields import Kind

_PLAIN = re.compile(r"[\w.:/@{}-]+")
_MEMBERS = msgspec.json.Decoder(dict[str, object])
Cells = dict[str, list[str]]


def cells_of(frame: Frame, most: int) -> list[Cells]:
    """The first `most` rows: the texts of each field that has a value, fields beginning with `_` left out. Python a row, so bounded."""
    found: list[Cells] = [{} for _ in range(min(most, frame.rows))]
    for name, column in frame.columns.items():
        if name.startswith("_"):
            continue
        values = column.values if column.kind is Kind.MULTI else column.texts()
        for cells, value in zip(found, values.slice(0, most).to_pylist(), strict=False):
            if value:
                cells[name] = list(value) if isinstance(value, list) else [value]
    if frame.rest is not None:
        for cells, text in zip(found, frame.rest.slice(0, most).to_pylist(), strict=False):
            for name, value in _MEMBERS.decode(text or "{}").items():
                if value is not None and not name.startswith("_"):
                    cells.setdefault(name, [_text(each) for each in (value if isinstance(value, list) else [value])])
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "True" if value else "False"
    return str(value) if isinstance(value, str | int | float) else msgspec.json.encode(value).decode()


def equal(name: str, value: str) -> str:
    """`name="value"`, quotes and backslashes escaped; the name in quotes unless it is plain."""
    return f"{name if _PLAIN.fullmatch(name) else _quoted(name)}={_quoted(value)}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
