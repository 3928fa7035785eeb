"""`pilotage actions`: what can be done about alerts by webhook, asked for and approved."""

from __future__ import annotations

import argparse
import json
import sys
from urllib.parse import quote

from pilotage.cli.rows import say, write_table
from pilotage.cli.saved import Row, Saved
from pilotage.cli.server import Server, add_server_options

HELP = "List, keep, ask for, approve and reject actions on alerts."
_RUNS = ("id", "action", "alert_id", "state", "requested_by", "decided_by", "delivery", "reason")


def _row(found: Row) -> Row:
    action = found["action"]
    assert isinstance(action, dict)  # noqa: S101 - the API's own shape
    return {"name": found["name"]} | {name: action[name] for name in ("channel", "approval", "automatic", "description")}


_SAVED = Saved("actions", "action", ("name", "channel", "approval", "automatic", "description"), _row)


def configure(parser: argparse.ArgumentParser) -> None:
    """`list`, `show`, `put`, `delete`, `request`, `runs`, `approve`, `reject`."""
    actions = _SAVED.configure(parser, more="|request|runs|approve|reject")
    ask = actions.add_parser("request", help="ask for one on an alert", allow_abbrev=False)
    ask.add_argument("name", metavar="NAME", help="as `list` shows it")
    ask.add_argument("alert", metavar="ALERT", help="id of the alert")
    runs = actions.add_parser("runs", help="what was asked for", allow_abbrev=False)
    for verb in ("approve", "reject"):
        decide = actions.add_parser(verb, help=f"{verb} a run that waits", allow_abbrev=False)
        decide.add_argument("run", metavar="RUN", help="as `runs` shows it")
        add_server_options(decide)
    for each in (ask, runs):
        add_server_options(each)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    server = Server(arguments.url, arguments.token)
    if arguments.action == "request":
        path = f"/api/v1/alerts/{quote(arguments.alert, safe='')}/actions/{quote(arguments.name, safe='')}"
        made = json.loads(server.ask("POST", path).body())
        sys.stdout.write(made["id"] + "\n")
        say(f"run {made['id']} of {made['action']} is {made['state']}")
    elif arguments.action == "runs":
        found = json.loads(server.ask("GET", "/api/v1/action-runs").body())
        write_table(iter(json.dumps(each).encode() for each in found), _RUNS, sys.stdout)
    elif arguments.action in ("approve", "reject"):
        made = json.loads(server.ask("POST", f"/api/v1/action-runs/{quote(arguments.run, safe='')}/{arguments.action}").body())
        say(f"run {made['id']} of {made['action']} is {made['state']}")
    else:
        return _SAVED.run(arguments)
    return 0
