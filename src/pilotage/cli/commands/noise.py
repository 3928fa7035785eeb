"""`pilotage noise`: how noisy monitors are, and whether a proxy metric ranks as the business does."""

from __future__ import annotations

import argparse
import json
import sys

from pilotage.cli.rows import say, write_table
from pilotage.cli.server import Server, add_server_options
from pilotage.model.problem import fail

HELP = "Report how noisy monitors are: alerts a day, after hours, false ones, before and after a change."
_COLUMNS = ("monitor", "alerts", "per_day", "after_hours", "false", "unlabelled", "muted")


def configure(parser: argparse.ArgumentParser) -> None:
    """The report, or with `--proxy` and `--business` a rank correlation."""
    parser.add_argument("--earliest", default="-30d", metavar="T", help="such as -7d@d (default %(default)s)")
    parser.add_argument("--latest", default="now", metavar="T", help="default %(default)s")
    parser.add_argument("--split", metavar="T", help="compare alerts a day before and after this moment")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many monitors, noisiest first (default %(default)s)")
    parser.add_argument("--proxy", metavar="QUERY", help="a query of one value, such as the prediction error")
    parser.add_argument("--business", metavar="QUERY", help="the query of the business metric it stands for")
    parser.add_argument("--slice", default="1h", metavar="TIME", help="windows that are compared (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    add_server_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    server = Server(arguments.url, arguments.token)
    if (arguments.proxy is None) != (arguments.business is None):
        raise fail("option-missing", "`--proxy` and `--business` belong together")
    if arguments.proxy is not None:
        return _proxy(server, arguments)
    query = {name: getattr(arguments, name) for name in ("earliest", "latest", "split")}
    found = json.loads(server.ask("GET", "/api/v1/noise", query=query).body())
    if arguments.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return 0
    columns = (*_COLUMNS, "before", "after", "ratio") if arguments.split else _COLUMNS
    rows = [{**found["fleet"], "monitor": "(all)"}, *found["monitors"][: arguments.limit]]
    write_table(iter(json.dumps(_shown(each)).encode() for each in rows), columns, sys.stdout)
    share = f"{found['noisiest_share']:.0%} of all alerts" if found["noisiest_share"] is not None else "no alerts"
    say(f"the noisiest 5 % ({len(found['noisiest'])}): {found['noisiest_per_day']:.2f} alerts a day each, {share}")
    say(f"above 4 alerts a day: {found['loud']}")
    return 0


def _shown(each: dict[str, object]) -> dict[str, object]:
    row = {name: each[name] for name in ("monitor", "alerts", "muted")}
    for name in ("per_day", "before", "after"):
        value = each[name]
        row[name] = f"{value:.2f}" if isinstance(value, (int, float)) else ""
    unlabelled = each["unlabelled"]
    row["unlabelled"] = f"{unlabelled:.0%}" if isinstance(unlabelled, (int, float)) else ""
    return row | {"after_hours": _share(each["after_hours"]), "false": _share(each["false"]), "ratio": _ratio(each["ratio"])}


def _share(estimate: object) -> str:
    if not isinstance(estimate, dict) or estimate["value"] is None:
        return ""
    return f"{estimate['value']:.0%} ({estimate['low']:.0%} to {estimate['high']:.0%})"


def _ratio(estimate: object) -> str:
    if not isinstance(estimate, dict) or estimate["value"] is None:
        return ""
    high = "" if estimate["high"] is None else f"{estimate['high']:.2f}"
    return f"{estimate['value']:.2f} ({estimate['low']:.2f} to {high})"


def _proxy(server: Server, arguments: argparse.Namespace) -> int:
    document = {name: getattr(arguments, name) for name in ("proxy", "business", "slice", "earliest", "latest")}
    found = json.loads(server.ask("POST", "/api/v1/noise/proxy", document=document).body())
    if arguments.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return 0
    rho = found["rho"]
    if rho["value"] is None:
        say(f"{found['pairs']} windows with both values say nothing")
        return 0
    sys.stdout.write(f"{rho['value']:.3f}\n")
    text = f"95 % interval {rho['low']:.3f} to {rho['high']:.3f}, p = {found['p']:.2g}"
    say(f"Spearman's rank correlation of {found['pairs']} windows, worth {found['effective']:.0f} independent ones: {text}")
    return 0
