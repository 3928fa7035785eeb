"""The server's own log: one JSON object a line on stderr, an event name plus fields.

Any file writes `logging.getLogger(__name__).info("segment.loaded", extra={"rows": 10})`; the message is the event's name.
"""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime

import msgspec

# What a LogRecord has of its own; whatever else is on a record came in as `extra` and is a field.
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}
_discreet = False
_PLAIN = (str, int, float, bool, type(None))


def event_fields(record: logging.LogRecord) -> dict[str, str | int | float | bool | None]:
    """The fields of a record: its extras, and type, text and origin of an exception. Names that begin with `_` are a library's own."""
    extras = {name: value for name, value in record.__dict__.items() if name not in _OWN and not name.startswith("_")}
    fields = {name: value if isinstance(value, _PLAIN) else str(value) for name, value in extras.items()}
    if record.exc_info and record.exc_info[1] is not None:
        fields["exception.type"] = type(record.exc_info[1]).__name__
        if _discreet:
            fields["exception.stacktrace"] = "".join(traceback.format_tb(record.exc_info[2]))
        else:
            fields["exception.message"] = str(record.exc_info[1])
            fields["exception.stacktrace"] = logging.Formatter().formatException(record.exc_info)
    return fields


def leave_out_exception_texts() -> None:
    """From now on exceptions are logged by type and place: their texts may quote what a redaction rule hides."""
    global _discreet  # noqa: PLW0603 - the process has one log
    _discreet = True


class JsonLines(logging.Formatter):
    """One line a record: `time level event logger` and the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one JSON object without a line end."""
        head = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        return msgspec.json.encode(head | event_fields(record)).decode()


def write_journal(level: int = logging.INFO) -> None:
    """Send every record of the process to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for chatty in ("uvicorn", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
