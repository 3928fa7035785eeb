"""Splunk's `.conf` files: `[stanza]`, `name = value`, lines continued by a backslash, comments."""

from __future__ import annotations

from pilotage.model.problem import fail


def read_stanzas(text: str) -> dict[str, dict[str, str]]:
    """Stanza → settings, in the order of the file; settings before the first stanza are under `default`. Raises code `conf-line`."""
    found: dict[str, dict[str, str]] = {}
    current = "default"
    for number, line in _lines(text):
        plain = line.strip()
        if not plain or plain.startswith(("#", ";")):
            continue
        if plain.startswith("[") and plain.endswith("]"):
            current = plain[1:-1]
            found.setdefault(current, {})
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise fail("conf-line", f"line {number} is neither `[name]` nor `setting = value`")
        found.setdefault(current, {})[name.strip()] = value.strip()
    return found


def _lines(text: str) -> list[tuple[int, str]]:
    """Lines with their first number; a backslash at the end joins the next one by a line break, as Splunk reads it."""
    found: list[tuple[int, str]] = []
    held: list[str] = []
    begin = 1
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not held:
            begin = number
        if line.rstrip().endswith("\\"):
            held.append(line.rstrip()[:-1])
            continue
        found.append((begin, "\n".join([*held, line])))
        held = []
    if held:
        found.append((begin, "\n".join(held)))
    return found


def enabled(value: str) -> bool:
    """Whether a setting says yes: `1 t true yes enabled`."""
    return value.strip().lower() in ("1", "t", "true", "y", "yes", "enabled")
