"""`pilotage notifications`: what was sent, what waits and why, and dead letters to send again."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime

from pilotage.cli.rows import say, write_table
from pilotage.cli.server import Server, add_server_options

HELP = "List notifications, and send dead ones again."
_COLUMNS = ("id", "created", "event", "alert_id", "channel", "state", "attempts", "reason")


def configure(parser: argparse.ArgumentParser) -> None:
    """`list`, `retry`."""
    actions = parser.add_subparsers(dest="action", metavar="list|retry", required=True)
    shown = actions.add_parser("list", help="newest first", allow_abbrev=False)
    shown.add_argument("--state", choices=("pending", "routed", "sent", "dead", "dropped"), help="only those")
    shown.add_argument("--alert", metavar="ID", help="only those of an alert")
    shown.add_argument("--limit", type=int, default=100, metavar="N", help="at most so many (default %(default)s)")
    shown.add_argument("--json", action="store_true", help="one JSON object a line")
    again = actions.add_parser("retry", help="send a dead one again", allow_abbrev=False)
    again.add_argument("id", metavar="ID", help="as `list` shows it")
    for each in (shown, again):
        add_server_options(each)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    server = Server(arguments.url, arguments.token)
    if arguments.action == "retry":
        found = json.loads(server.ask("POST", f"/api/v1/notifications/{arguments.id}/retry").body())
        say(f"notification {found['id']} goes to {found['channel']} again")
        return 0
    query = {"state": arguments.state, "alert": arguments.alert, "limit": str(arguments.limit)}
    rows = json.loads(server.ask("GET", "/api/v1/notifications", query=query).body())
    if arguments.json:
        sys.stdout.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in rows)
        return 0
    shown = ({**each, "created": datetime.fromtimestamp(each["created"], UTC).isoformat(timespec="seconds")} for each in rows)
    write_table(iter(json.dumps(row).encode() for row in shown), _COLUMNS, sys.stdout)
    return 0
