"""`pilotage search`: rows to stdout in result order; messages and errors to stderr; Ctrl-C cancels on the server."""

from __future__ import annotations

import argparse
import json
import sys

from pilotage.cli.rows import say, write_csv, write_json, write_table
from pilotage.cli.server import Answer, Server, add_server_options
from pilotage.model.problem import PilotageError, Problem, Span

HELP = "Search and print the rows."
ARROW = "application/vnd.apache.arrow.stream"
NDJSON = "application/x-ndjson"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the contract."""
    parser.add_argument("--lang", choices=("spl", "sumo"), default="spl", help="language of the query (default %(default)s)")
    parser.add_argument("--earliest", metavar="T", help="start: -24h@h, ISO 8601 or epoch seconds; without a range all time is searched")
    parser.add_argument("--latest", metavar="T", help="end, not included")
    parser.add_argument("--format", choices=("table", "json", "csv", "arrow"), help="default: table on a terminal, otherwise json")
    add_server_options(parser)
    parser.add_argument("query", metavar="QUERY", help="such as 'index=main | stats count by host'; quote it for the shell")


def run(arguments: argparse.Namespace) -> int:
    """0, or 1 when the server refused or broke off."""
    server = Server(arguments.url, arguments.token)
    form = arguments.format or ("table" if sys.stdout.isatty() else "json")
    asked = {"query": arguments.query, "language": arguments.lang, "earliest": arguments.earliest, "latest": arguments.latest}
    answer = server.ask("POST", "/api/v1/search", document=asked, accept=ARROW if form == "arrow" else NDJSON)
    search_id = answer.headers.get("x-pilotage-search", "")
    try:
        _write(answer, form)
    except KeyboardInterrupt:
        server.close()
        server.ask("DELETE", f"/api/v1/search/{search_id}").body()
        say("cancelled")
        raise
    except PilotageError as error:
        if error.problem.code not in ("answer-cut", "broken-row"):
            raise
        server.close()
        if _tell(server, search_id, arguments.query) == 0:
            # The server knows of nothing wrong.
            raise
        return 1
    return _tell(server, search_id, arguments.query)


def _write(answer: Answer, form: str) -> None:
    columns = json.loads(answer.headers["x-pilotage-columns"]) if "x-pilotage-columns" in answer.headers else None
    if form == "arrow":
        for piece in answer.pieces():
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    elif form == "json":
        write_json(answer.lines(), sys.stdout.buffer)
        sys.stdout.buffer.flush()
    elif form == "csv":
        sys.stdout.reconfigure(newline="", errors="replace")  # type: ignore[union-attr]
        write_csv(answer.lines(), columns, sys.stdout)
    else:
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        write_table(answer.lines(), columns, sys.stdout)
    sys.stdout.flush()


def _tell(server: Server, search_id: str, query: str) -> int:
    """Messages and the late error of the search, which travel beside the rows."""
    report = json.loads(server.ask("GET", f"/api/v1/search/{search_id}").body())
    for message in report["messages"]:
        say("note: " + _problem(message).render(query))
    if report["error"]:
        say(_problem(report["error"]).render(query))
        return 1
    if report["state"] == "cancelled":
        say("search-cancelled: the search was cancelled on the server")
        return 1
    return 0


def _problem(document: dict[str, object]) -> Problem:
    span = document.get("span")
    place = Span(int(span[0]), int(span[1])) if isinstance(span, list) else None
    hint = document.get("hint")
    return Problem(str(document["code"]), str(document["sentence"]), place, str(hint) if hint else None)
