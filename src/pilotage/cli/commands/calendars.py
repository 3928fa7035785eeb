"""`pilotage calendars`: the hours teams work, for the noise report."""

from __future__ import annotations

import argparse

from pilotage.cli.saved import Row, Saved

HELP = "List, keep and delete calendars of teams."


def _row(found: Row) -> Row:
    calendar = found["calendar"]
    assert isinstance(calendar, dict)  # noqa: S101 - the API's own shape
    hours = calendar["hours"]
    return {"name": found["name"]} | {name: hours[name] for name in ("zone", "days", "start", "end", "holidays")}


_SAVED = Saved("calendars", "calendar", ("name", "zone", "days", "start", "end", "holidays"), _row)


def configure(parser: argparse.ArgumentParser) -> None:
    """`list`, `show`, `put`, `delete`."""
    _SAVED.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    return _SAVED.run(arguments)
