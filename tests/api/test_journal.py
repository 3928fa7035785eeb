from __future__ import annotations

import json
import logging

from pilotage.api.journal import JsonLines


def line(**how):
    record = logging.makeLogRecord(
        {"name": "pilotage.x", "msg": "segment loaded", "levelname": "INFO", "levelno": 20, "created": 0.5} | how
    )
    return json.loads(JsonLines().format(record))


def test_an_event_is_a_name_and_fields():
    assert line(rows=10, path="a\nb", odd={1}) == {
        "time": "1970-01-01T00:00:00.500+00:00",
        "level": "info",
        "event": "segment loaded",
        "logger": "pilotage.x",
        "rows": 10,
        "path": "a\nb",
        "odd": "{1}",
    }


def test_an_exception_becomes_fields():
    try:
        int("x")
    except ValueError as error:
        found = line(exc_info=(ValueError, error, error.__traceback__))
    assert (found["exception.type"], found["exception.message"]) == ("ValueError", "invalid literal for int() with base 10: 'x'")
    assert "test_journal.py" in found["exception.stacktrace"]
