"""`pilotage backup`: ask the server to write a backup into a directory on its machine."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pilotage.cli.rows import say
from pilotage.cli.server import Server, add_server_options

HELP = "Write a backup of store and state into a new directory on the server's machine."


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the contract."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a directory that does not exist yet")
    add_server_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    server = Server(arguments.url, arguments.token)
    made = json.loads(server.ask("POST", "/api/v1/backup", document={"directory": str(arguments.out.absolute())}).body())
    say(f"wrote {made['directory']} ({made['bytes']} bytes)")
    return 0
