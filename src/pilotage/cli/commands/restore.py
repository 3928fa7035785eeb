"""`pilotage restore`: fill a fresh data directory from a backup; no server runs meanwhile."""

from __future__ import annotations

import argparse
from pathlib import Path

from pilotage.cli.rows import say

HELP = "Fill a fresh data directory from a backup."


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the contract."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="what `pilotage backup` wrote")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="data directory to fill; absent or empty")
    parser.add_argument("--store", metavar="URL", help="clickhouse://… instead of the embedded store")


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    from pilotage.api.restore import restore  # noqa: PLC0415 - loads the engine

    restore(arguments.directory, arguments.data, arguments.store)
    say(f"restored into {arguments.data}; start it with `pilotage serve --data {arguments.data}`")
    return 0
