"""`pilotage put`: keeps lookups, macros, event types and tags on a server."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from urllib.parse import quote

from pilotage.cli.definitions import read_definitions
from pilotage.cli.rows import say
from pilotage.cli.server import Server, add_server_options, problem_of
from pilotage.model.problem import PilotageError, fail

HELP = "Keep a lookup (CSV), macros, event types or tags (JSON or Splunk .conf)."
_SETTINGS = (
    "match_type",
    "case_sensitive_match",
    "min_matches",
    "max_matches",
    "default_match",
    "time_field",
    "time_format",
    "min_offset_secs",
    "max_offset_secs",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """`lookup`, `macro`, `eventtype`, `tag`."""
    kinds = parser.add_subparsers(dest="kind", metavar="lookup|macro|eventtype|tag", required=True)
    lookup = kinds.add_parser("lookup", help="a CSV file; the first line names the columns", allow_abbrev=False)
    lookup.add_argument("--name", help="what searches call it (default: the file's name)")
    lookup.add_argument("--match-type", metavar="'WILDCARD(a), CIDR(b)'", help="how columns are compared (default: exactly)")
    lookup.add_argument("--case-sensitive-match", choices=("true", "false"), help="whether upper and lower case differ (default: true)")
    lookup.add_argument("--min-matches", metavar="N", help="with fewer matches, --default-match fills up")
    lookup.add_argument("--max-matches", metavar="N", help="matches used a row")
    lookup.add_argument("--default-match", metavar="TEXT", help="value of the columns where too few rows match")
    lookup.add_argument("--time-field", metavar="COLUMN", help="rows count from the time in this column on")
    lookup.add_argument("--time-format", metavar="FORMAT", help="of that column (default: epoch seconds)")
    lookup.add_argument("--min-offset-secs", metavar="SECONDS", help="an event must be at least this much later than the row")
    lookup.add_argument("--max-offset-secs", metavar="SECONDS", help="and at most this much later")
    texts = {"macro": "macros", "eventtype": "event types", "tag": "tags"}
    for sub in (lookup, *(kinds.add_parser(kind, help=f"a file of {what}", allow_abbrev=False) for kind, what in texts.items())):
        sub.add_argument("file", type=Path, metavar="FILE", help="the file to read")
        add_server_options(sub)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised, after what came before the first one was kept."""
    server = Server(arguments.url, arguments.token)
    if arguments.kind == "lookup":
        _put_lookup(server, arguments)
        return 0
    found = read_definitions(arguments.kind, arguments.file)
    if not found:
        raise fail("definition", f"`{arguments.file}` defines no {arguments.kind}")
    for name, document in found.items():
        server.ask("PUT", f"/api/v1/{arguments.kind}s/{quote(name, safe='()')}", document=document).body()
    names = ", ".join(list(found)[:10]) + (f" and {len(found) - 10} more" if len(found) > 10 else "")
    say(f"kept {len(found)} {arguments.kind}{'' if len(found) == 1 else 's'}: {names}")
    return 0


def _put_lookup(server: Server, arguments: argparse.Namespace) -> None:
    try:
        data = arguments.file.read_bytes()
    except OSError as error:
        raise fail("unreadable-file", f"cannot read `{arguments.file}`: {error.strerror}") from error
    name = arguments.name or arguments.file.name
    query = {setting: getattr(arguments, setting) for setting in _SETTINGS}
    answer = server.send("PUT", f"/api/v1/lookups/{quote(name, safe='')}", query=query, body=data, headers={"Content-Type": "text/csv"})
    if answer.status >= 400:
        raise PilotageError(problem_of(answer.status, answer.body()))
    kept = json.loads(answer.body())
    say(f"kept lookup {kept['name']}: {kept['rows']} {'row' if kept['rows'] == 1 else 'rows'} of {', '.join(kept['columns'])}")
