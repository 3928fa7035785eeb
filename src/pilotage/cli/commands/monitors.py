"""`pilotage monitors`: list, create, show, delete, apply files of, preview, test and convert monitors."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pilotage.cli.charts import chart
from pilotage.cli.plain import read_yaml
from pilotage.cli.rows import say, write_table
from pilotage.cli.server import Server, add_server_options
from pilotage.model.problem import fail

HELP = "Monitors: list, create, show, delete, apply files of, preview, test, convert."
_SIMPLE = ("name", "kind", "slice", "value", "critical", "warning", "direction", "description")


def configure(parser: argparse.ArgumentParser) -> None:
    """One sub-command an action."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, text: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        add_server_options(made)
        return made

    shown = action("list", "every monitor with its state and open alerts")
    shown.add_argument("--json", action="store_true", help="one JSON object a line")
    _definition(action("create", "keep a monitor: a query, or a file of one"), sensible=True)
    one = action("show", "the definition of a monitor, as `create --file` takes it")
    one.add_argument("monitor", metavar="MONITOR", help="id or name")
    gone = action("delete", "forget a monitor with its alerts")
    gone.add_argument("monitor", metavar="MONITOR", help="id or name")
    files = action("apply", "bring the kept monitors to what a file says, by name")
    files.add_argument("file", type=Path, metavar="FILE", help="a list of monitors, JSON or YAML")
    files.add_argument("--plan", action="store_true", help="say what would be done, and do nothing")
    files.add_argument("--prune", action="store_true", help="forget monitors that are not in the file")
    previewed = action("preview", "what a monitor would have done, before it is kept")
    _definition(previewed, sensible=True)
    _replay(previewed)
    tested = action("test", "what a kept monitor would say of the last day")
    tested.add_argument("monitor", metavar="MONITOR", help="id or name")
    turned = action("convert", "the anomaly monitor in the place of a static one, with its preview against it")
    turned.add_argument("monitor", metavar="MONITOR", help="id or name")
    turned.add_argument("--create", action="store_true", help="keep it, in shadow: it is judged and tells nobody")
    _replay(turned)


def _definition(parser: argparse.ArgumentParser, *, sensible: bool) -> None:
    parser.add_argument("query", nargs="?", metavar="QUERY", help="such as 'index=main | stats count by host'; quote it for the shell")
    parser.add_argument("--file", type=Path, metavar="FILE", help="a monitor as JSON or YAML")
    parser.add_argument("--lang", choices=("spl", "sumo"), help="language of the query (default spl)")
    for name in _SIMPLE if sensible else ():
        parser.add_argument(f"--{name}", metavar="TEXT", help=f"the field `{name}` of the monitor")
    parser.add_argument("--sensitivity", type=float, metavar="X", help="0.1 (few alerts) to 1.0 (default 0.5)")
    parser.add_argument("--shadow", action="store_true", default=None, help="judge, and tell nobody")


def _replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--days", type=float, default=30.0, metavar="N", help="how much history is replayed, up to 60 (default %(default)g)"
    )
    parser.add_argument("--incidents", type=Path, metavar="FILE", help="JSON list of {begin, end, name}: what should have been caught")
    parser.add_argument("--against", metavar="MONITOR", help="the monitor it would replace; its true alerts count as incidents")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the chart as SVG")


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    server = Server(arguments.url, arguments.token)
    return {
        "list": _list, "create": _create, "show": _show, "delete": _delete, "apply": _apply,
        "preview": _preview, "test": _test, "convert": _convert,
    }[arguments.action](server, arguments)  # fmt: skip


def _ask(server: Server, method: str, path: str, document: dict[str, object] | None = None) -> Any:
    body = server.ask(method, path, document=document).body()
    return json.loads(body) if body else None


def _list(server: Server, arguments: argparse.Namespace) -> int:
    found = _ask(server, "GET", "/api/v1/monitors")
    if arguments.json:
        for each in found:
            sys.stdout.write(json.dumps(each, ensure_ascii=False) + "\n")
        return 0
    rows = [{**each, "through": _when(each["through"])} for each in found]
    columns = ("id", "name", "kind", "state", "reason", "series", "open_alerts", "through")
    write_table((json.dumps(row).encode() for row in rows), columns, sys.stdout)
    return 0


def _create(server: Server, arguments: argparse.Namespace) -> int:
    made = _ask(server, "POST", "/api/v1/monitors", {"definition": _read(arguments)})
    sys.stdout.write(f"{made['id']}\n")
    say(f"monitor `{made['name']}` kept; it learns from its history first")
    return 0


def _show(server: Server, arguments: argparse.Namespace) -> int:
    found = _ask(server, "GET", f"/api/v1/monitors/{quote(arguments.monitor, safe='')}")
    sys.stdout.write(json.dumps(found["definition"], indent=2, ensure_ascii=False) + "\n")
    reason = f" ({found['reason']})" if found["reason"] else ""
    say(f"{found['id']}: {found['state']}{reason}, {found['series']} series, {found['open_alerts']} open alerts")
    return 0


def _delete(server: Server, arguments: argparse.Namespace) -> int:
    _ask(server, "DELETE", f"/api/v1/monitors/{quote(arguments.monitor, safe='')}")
    return 0


def _apply(server: Server, arguments: argparse.Namespace) -> int:
    monitors = documents(arguments.file)
    asked = {"monitors": monitors, "dry": arguments.plan, "prune": arguments.prune}
    steps = _ask(server, "POST", "/api/v1/monitors/apply", asked)
    for step in steps:
        sys.stdout.write(f"{step['action']:<7} {step['name']}\n")
    return 0


def _preview(server: Server, arguments: argparse.Namespace) -> int:
    return _replayed(server, arguments, _read(arguments), arguments.against)


def _convert(server: Server, arguments: argparse.Namespace) -> int:
    made = _ask(server, "GET", f"/api/v1/monitors/{quote(arguments.monitor, safe='')}/anomaly")
    _replayed(server, arguments, made, arguments.against or arguments.monitor)
    if arguments.create:
        kept = _ask(server, "POST", "/api/v1/monitors", {"definition": made})
        say(f"kept in shadow as {kept['id']}")
    return 0


def _test(server: Server, arguments: argparse.Namespace) -> int:
    found = _ask(server, "GET", f"/api/v1/monitors/{quote(arguments.monitor, safe='')}")
    answer = _ask(server, "POST", "/api/v1/previews", {"definition": found["definition"], "days": 1.0})
    _show_replay(answer["preview"], "the last day")
    return 0


def _replayed(server: Server, arguments: argparse.Namespace, definition: dict[str, object], against: str | None) -> int:
    asked: dict[str, object] = {"definition": definition, "days": arguments.days, "against": against}
    if arguments.incidents is not None:
        asked["incidents"] = documents(arguments.incidents)
    answer = _ask(server, "POST", "/api/v1/previews", asked)
    _show_replay(answer["preview"], f"{arguments.days:g} days")
    if answer["against"] is not None:
        _show_replay(answer["against"], f"instead of: `{against}`", drawn=False)
    drawing = answer["preview"]["chart"]
    if arguments.svg is not None and drawing is not None:
        arguments.svg.write_text(drawing["svg"], encoding="utf-8")
        say(f"chart written to {arguments.svg}")
    return 0


def _show_replay(found: dict[str, Any], title: str, *, drawn: bool = True) -> None:
    out = sys.stdout
    if drawn and found["chart"] is not None:
        out.write(chart(found["chart"]["rows"]))
    false = f", {found['false_alerts']} match no incident" if found["false_alerts"] is not None else ""
    out.write(f"{title}: {found['alerts']} alerts, {found['alerts_per_day']:.2f} a day{false} ({found['series']} series)\n")
    for each in found["episodes"][-20:]:
        group = "" if each["group"] == "{}" else f" {each['group']}"
        value = "" if each["value"] is None else f" value {each['value']:.6g}"
        expected = "" if each["expected"] is None else f" expected {each['expected']:.6g}"
        out.write(f"  {_when(each['first_slice'])} {each['level']}{group}{value}{expected}\n")
    for each in found["incidents"]:
        told = "missed" if each["at"] is None else f"caught after {(each['at'] - each['incident']['begin']) / 60:.0f} min"
        out.write(f"  incident {each['incident']['name']} {_when(each['incident']['begin'])}: {told}\n")
    for message in found["messages"]:
        say(f"note: {message}")


def _read(arguments: argparse.Namespace) -> dict[str, object]:
    """The monitor of a file, a query and options together."""
    if arguments.file is None and arguments.query is None:
        raise fail("no-monitor", "neither a query nor `--file` was given", hint="pilotage monitors create 'index=main | stats count'")
    found: dict[str, object] = {}
    if arguments.file is not None:
        (found,) = documents(arguments.file) or ({},)
    given = {name: getattr(arguments, name, None) for name in (*_SIMPLE, "query", "sensitivity", "shadow")} | {"language": arguments.lang}
    return found | {name: value for name, value in given.items() if value is not None}


def documents(path: Path) -> list[dict[str, object]]:
    """The objects of a JSON or YAML file: a list of them, one, or `monitors: […]`. Raises `unreadable-file`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail("unreadable-file", f"cannot read `{path}`: {getattr(error, 'strerror', None) or error}") from error
    found = _json(text, path) if path.suffix == ".json" else read_yaml(text, path)
    found = found.get("monitors", [found]) if isinstance(found, dict) else found
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise fail("unreadable-file", f"`{path}` is not a list of objects")
    return found


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise fail("unreadable-file", f"`{path}` is not JSON: {error}") from error


def _when(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M") if time else "-"
