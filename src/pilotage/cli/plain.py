"""What YAML and TOML can say and JSON cannot: dates become ISO 8601 text, documents without an end are refused."""

from __future__ import annotations

import base64
from datetime import date, datetime, time
from pathlib import Path

from pilotage.model.problem import fail

MOST_VALUES = 1_000_000
DEEPEST = 100


def read_yaml(text: str, path: Path) -> object:
    """The document of a YAML text as JSON has it. Raises PilotageError `unreadable-file`, which names `path`."""
    import yaml  # noqa: PLC0415 - for those who write YAML

    try:
        found = yaml.load(text, yaml.CSafeLoader)
    # A date such as 2026-13-45 is a ValueError of the loader's own.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise fail("unreadable-file", f"`{path}` is not YAML: {' '.join(str(error).split())}") from error
    return plain(found, path)


def plain(value: object, path: Path) -> object:
    """The value with nothing but what JSON knows; dates as ISO 8601 text, bytes as base64. Raises PilotageError `unreadable-file`."""
    return _Plain(path).of(value, ())


class _Plain:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._values = 0

    def of(self, value: object, around: tuple[int, ...]) -> object:
        """`around` are the identities of the containers that the value is in."""
        self._values += 1
        # Anchors inside anchors multiply: a few lines can mean more values than fit in memory.
        if self._values > MOST_VALUES:
            raise fail("unreadable-file", f"`{self._path}` holds more than {MOST_VALUES} values, its anchors written out")
        if isinstance(value, dict | list | tuple | set):
            if id(value) in around:
                raise fail("unreadable-file", f"`{self._path}` has an anchor that contains itself", hint="write the value out")
            if len(around) >= DEEPEST:
                raise fail("unreadable-file", f"`{self._path}` is nested deeper than {DEEPEST} levels")
            inner = (*around, id(value))
            if isinstance(value, dict):
                return {
                    str(self.of(name, inner)) if not isinstance(name, str) else name: self.of(each, inner) for name, each in value.items()
                }
            return [self.of(each, inner) for each in value]
        if isinstance(value, datetime | date | time):
            return value.isoformat()
        return base64.b64encode(value).decode() if isinstance(value, bytes) else value
