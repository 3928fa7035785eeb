"""`pilotage escalations`: whom to tell next while nobody has acknowledged an alert."""

from __future__ import annotations

import argparse

from pilotage.cli.saved import Row, Saved

HELP = "List, keep and delete escalations."


def _row(found: Row) -> Row:
    escalation = found["escalation"]
    assert isinstance(escalation, dict)  # noqa: S101 - the API's own shape
    steps = [f"{each['after'] or '0s'}: {', '.join([*each['channels'], *each['rotas']])}" for each in escalation["steps"]]
    return {"name": found["name"], "steps": steps, "repeat": escalation["repeat"], "description": escalation["description"]}


_SAVED = Saved("escalations", "escalation", ("name", "steps", "repeat", "description"), _row)


def configure(parser: argparse.ArgumentParser) -> None:
    """`list`, `show`, `put`, `delete`."""
    _SAVED.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    return _SAVED.run(arguments)
