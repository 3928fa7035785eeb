"""`pilotage rotas`: who is on call when."""

from __future__ import annotations

import argparse
import json
import sys
from urllib.parse import quote

from pilotage.cli.rows import say
from pilotage.cli.saved import Row, Saved
from pilotage.cli.server import Server, add_server_options

HELP = "List, keep and delete on-call rotas, and say who is on call."


def _row(found: Row) -> Row:
    rota = found["rota"]
    assert isinstance(rota, dict)  # noqa: S101 - the API's own shape
    return {"name": found["name"], "people": list(rota["people"]), "zone": rota["zone"], "description": rota["description"]}


_SAVED = Saved("rotas", "rota", ("name", "people", "zone", "description"), _row)


def configure(parser: argparse.ArgumentParser) -> None:
    """`list`, `show`, `put`, `delete`, `on-call`."""
    actions = _SAVED.configure(parser, more="|on-call")
    now = actions.add_parser("on-call", help="who is on call now", allow_abbrev=False)
    now.add_argument("name", metavar="NAME", help="as `list` shows it")
    add_server_options(now)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    if arguments.action != "on-call":
        return _SAVED.run(arguments)
    path = f"/api/v1/rotas/{quote(arguments.name, safe='')}/on-call"
    found = json.loads(Server(arguments.url, arguments.token).ask("GET", path).body())
    sys.stdout.write(f"{found['person'] or ''}\n")
    say(f"reached by {', '.join(found['channels'])}" if found["person"] else "nobody is on call")
    return 0
