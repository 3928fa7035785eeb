"""`pilotage token`: create, list and revoke access tokens."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime

from pilotage.cli.rows import say, write_table
from pilotage.cli.server import Server, add_server_options

HELP = "Create, list and revoke access tokens."


def _words(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def configure(parser: argparse.ArgumentParser) -> None:
    """`create`, `list`, `revoke`."""
    actions = parser.add_subparsers(dest="action", metavar="create|list|revoke", required=True)
    create = actions.add_parser("create", help="create one; its value is printed once, to stdout", allow_abbrev=False)
    create.add_argument("--name", required=True, metavar="NAME", help="whose it is, for lists and the audit log")
    create.add_argument("--scopes", type=_words, required=True, metavar="ingest,read,admin", help="what it may do, with commas between")
    create.add_argument("--kind", choices=("api", "hec", "sumo"), default="api", help="which clients it is for (default %(default)s)")
    create.add_argument("--indexes", type=_words, default=[], metavar="A,B", help="indexes it may write to (default: any)")
    create.add_argument("--default-index", metavar="I", help="where data go that name no index")
    create.add_argument("--ack", action="store_true", help="Splunk HEC indexer acknowledgement")
    for name in ("source", "sourcetype", "host"):
        create.add_argument(f"--{name}", help="given to events that do not say")
    add_server_options(create)
    shown = actions.add_parser("list", help="list them, without values", allow_abbrev=False)
    shown.add_argument("--json", action="store_true", help="one JSON object a line")
    add_server_options(shown)
    revoke = actions.add_parser("revoke", help="refuse one from now on", allow_abbrev=False)
    revoke.add_argument("id", metavar="ID", help="as `pilotage token list` shows it")
    add_server_options(revoke)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    server = Server(arguments.url, arguments.token)
    if arguments.action == "create":
        names = ("name", "scopes", "kind", "indexes", "default_index", "ack", "source", "sourcetype", "host")
        document = {name: getattr(arguments, name) for name in names}
        made = json.loads(server.ask("POST", "/api/v1/tokens", document=document).body())
        sys.stdout.write(made["value"] + "\n")
        say(f"created token {made['token']['id']} ({', '.join(made['token']['scopes'])}); the value is shown only now")
    elif arguments.action == "list":
        _list(json.loads(server.ask("GET", "/api/v1/tokens").body()), as_json=arguments.json)
    else:
        gone = json.loads(server.ask("DELETE", f"/api/v1/tokens/{arguments.id}").body())
        say(f"revoked token {gone['id']} ({gone['name']})")
    return 0


def _list(tokens: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        for each in tokens:
            sys.stdout.write(json.dumps(each) + "\n")
        return
    columns = ("id", "name", "kind", "scopes", "indexes", "created", "state")
    rows = [{**each, "created": _day(each["created"]), "state": "disabled" if each["disabled"] else "active"} for each in tokens]
    write_table(iter(json.dumps(row).encode() for row in rows), columns, sys.stdout)


def _day(seconds: object) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="minutes") if isinstance(seconds, (int, float)) else "configuration"
