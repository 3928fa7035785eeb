"""`pilotage mutings`: when whom not to tell, maintenance windows among them."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from urllib.parse import quote

from pilotage.cli.rows import write_table
from pilotage.cli.saved import Row, Saved
from pilotage.cli.server import Server, add_server_options

HELP = "List, keep and delete mutings and maintenance windows."


def _row(found: Row) -> Row:
    muting = found["muting"]
    assert isinstance(muting, dict)  # noqa: S101 - the API's own shape
    return {"name": found["name"]} | {name: muting.get(name) for name in ("start", "minutes", "zone", "rrule", "enabled", "comment")}


_SAVED = Saved("mutings", "muting", ("name", "start", "minutes", "zone", "rrule", "enabled", "comment"), _row)


def configure(parser: argparse.ArgumentParser) -> None:
    """`list`, `show`, `put`, `delete`, `times`."""
    actions = _SAVED.configure(parser, more="|times")
    times = actions.add_parser("times", help="when one is in force from now on", allow_abbrev=False)
    times.add_argument("name", metavar="NAME", help="as `list` shows it")
    times.add_argument("--days", type=int, default=30, metavar="N", help="how far to look (default %(default)s)")
    add_server_options(times)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    if arguments.action != "times":
        return _SAVED.run(arguments)
    path = f"/api/v1/mutings/{quote(arguments.name, safe='')}/times"
    found = json.loads(Server(arguments.url, arguments.token).ask("GET", path, query={"days": str(arguments.days)}).body())
    rows = ({name: datetime.fromtimestamp(each[name], UTC).isoformat() for name in ("start", "end")} for each in found)
    write_table(iter(json.dumps(row).encode() for row in rows), ("start", "end"), sys.stdout)
    return 0
