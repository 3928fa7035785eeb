"""`pilotage channels`: where notifications go."""

from __future__ import annotations

import argparse
import json
from urllib.parse import quote

from pilotage.cli.rows import say
from pilotage.cli.saved import Row, Saved
from pilotage.cli.server import Server, add_server_options

HELP = "List, keep, test and delete channels of notification."
EXIT_FAILED = 1


def _row(found: Row) -> Row:
    channel = found["channel"]
    assert isinstance(channel, dict)  # noqa: S101 - the API's own shape
    row: Row = {"name": found["name"], "secrets": found["secrets"]}
    return row | {name: channel.get(name) for name in ("kind", "enabled", "levels", "events", "description")}


_SAVED = Saved("channels", "channel", ("name", "kind", "enabled", "levels", "events", "secrets", "description"), _row)


def configure(parser: argparse.ArgumentParser) -> None:
    """`list`, `show`, `put`, `delete`, `test`."""
    actions = _SAVED.configure(parser, more="|test")
    test = actions.add_parser("test", help="send a test message now", allow_abbrev=False)
    test.add_argument("name", metavar="NAME", help="as `list` shows it")
    add_server_options(test)


def run(arguments: argparse.Namespace) -> int:
    """0, and 1 when a test message did not go; problems are raised."""
    if arguments.action != "test":
        return _SAVED.run(arguments)
    path = f"/api/v1/channels/{quote(arguments.name, safe='')}/test"
    tried = json.loads(Server(arguments.url, arguments.token).ask("POST", path).body())
    say(f"sent to {arguments.name}" if tried["sent"] else f"not sent to {arguments.name}: {tried['reason']}")
    return 0 if tried["sent"] else EXIT_FAILED
