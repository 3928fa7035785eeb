"""`pilotage slo`: objectives, how they are kept, and objectives made ready for served models."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from urllib.parse import quote

from pilotage.cli.rows import say, write_table
from pilotage.cli.saved import Row, Saved
from pilotage.cli.server import Server, add_server_options

HELP = "List, keep and delete objectives, and show how they are kept."
_STATUS = ("name", "signal", "target", "indicator", "budget_left", "burning", "used_up", "reason")
_WISHES = ("service", "model", "latency", "metric", "score", "retrain", "deploy_event")


def _row(found: Row) -> Row:
    slo = found["slo"]
    assert isinstance(slo, dict)  # noqa: S101 - the API's own shape
    return {"name": found["name"]} | {name: slo.get(name) for name in ("kind", "target", "period", "zone", "signal", "description")}


_SAVED = Saved("slos", "slo", ("name", "kind", "target", "period", "zone", "signal", "description"), _row)


def configure(parser: argparse.ArgumentParser) -> None:
    """`list`, `show`, `put`, `delete`, `status`, `ready`."""
    actions = _SAVED.configure(parser, more="|status|ready")
    status = actions.add_parser("status", help="how objectives are kept", allow_abbrev=False)
    status.add_argument("name", nargs="?", metavar="NAME", help="only this one, with its alerts on burning")
    status.add_argument("--json", action="store_true", help="one JSON object a line")
    ready = actions.add_parser("ready", help="objectives for a served model, printed as `put` takes them", allow_abbrev=False)
    ready.add_argument("--service", metavar="NAME", help="availability and latency of its requests")
    ready.add_argument("--model", metavar="NAME", help="quality and freshness of the model")
    ready.add_argument("--latency", metavar="TIME", help="what an answer may take (default 500ms)")
    ready.add_argument("--metric", metavar="NAME", help="the score that counts (default accuracy)")
    ready.add_argument("--score", metavar="X", help="what it must reach (default 0.9)")
    ready.add_argument("--retrain", metavar="TIME", help="how often a version must be deployed (default 1d)")
    ready.add_argument("--deploy-event", metavar="NAME", help="the event that tells of a deployment")
    ready.add_argument("--keep", action="store_true", help="keep them at once")
    for each in (status, ready):
        add_server_options(each)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    if arguments.action == "status":
        return _status(arguments)
    if arguments.action == "ready":
        return _ready(arguments)
    return _SAVED.run(arguments)


def _status(arguments: argparse.Namespace) -> int:
    server = Server(arguments.url, arguments.token)
    if arguments.name:
        found = [json.loads(server.ask("GET", f"/api/v1/slos/{quote(arguments.name, safe='')}/status").body())]
    else:
        found = json.loads(server.ask("GET", "/api/v1/slo-status").body())
    if arguments.json:
        sys.stdout.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in found)
        return 0
    write_table(iter(json.dumps(_shown(each)).encode() for each in found), _STATUS, sys.stdout)
    if arguments.name:
        sys.stdout.write("\n")
        columns = ("level", "long_seconds", "short_seconds", "factor", "long", "short", "burning")
        rows = [{**each, "long": f"{each['long']:.2f}", "short": f"{each['short']:.2f}"} for each in found[0]["burns"]]
        write_table(iter(json.dumps(row).encode() for row in rows), columns, sys.stdout)
    return 0


def _shown(each: dict[str, object]) -> Row:
    burns, forecast = each["burns"], each["forecast"]
    assert isinstance(burns, list)  # noqa: S101 - the API's own shape
    burning = [f"{burn['level']} {burn['long']:.1f} times" for burn in burns if burn["burning"]]
    used = ""
    if isinstance(forecast, dict):
        when = forecast["exhausted"]
        day = f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d}, " if isinstance(when, (int, float)) else ""
        used = f"{day}{forecast['chance']:.0%} within {forecast['days']:.0f} d"
    row: Row = {name: each[name] for name in ("name", "signal", "target", "reason")}
    return row | {
        "indicator": _percent(each["indicator"], 3),
        "budget_left": _percent(each["left"], 1),
        "burning": burning,
        "used_up": used,
    }


def _percent(value: object, digits: int) -> str:
    return f"{value:.{digits}f} %" if isinstance(value, (int, float)) else ""


def _ready(arguments: argparse.Namespace) -> int:
    server = Server(arguments.url, arguments.token)
    query = {name: getattr(arguments, name) for name in _WISHES}
    found = json.loads(server.ask("GET", "/api/v1/ready-slos", query=query).body())
    if not arguments.keep:
        sys.stdout.write(json.dumps({each["name"]: each["slo"] for each in found}, ensure_ascii=False, indent=2) + "\n")
        return 0
    for each in found:
        server.ask("PUT", f"/api/v1/slos/{quote(each['name'], safe='')}", document=each["slo"]).body()
        say(f"kept the slo {each['name']}")
    return 0
