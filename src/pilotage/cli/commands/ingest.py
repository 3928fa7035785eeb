"""`pilotage ingest`: files to a server, in batches of whole lines, each acknowledged before the next."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from pilotage.cli.checkpoint import Checkpoint
from pilotage.cli.files import Batch, batches, format_of
from pilotage.cli.progress import Progress
from pilotage.cli.rows import say
from pilotage.cli.server import Server, add_server_options, problem_of
from pilotage.model.problem import PilotageError, fail

HELP = "Send files: .jsonl .csv .parquet .log .txt, also .gz and .zst."
REPORTED_LINES = 20
PATIENCE_SECONDS = 300.0
BUSY = (429, 502, 503, 504)


@dataclass(slots=True)
class Outcome:
    """What became of one file's records; `bad` maps line numbers to reasons, the first few of them."""

    accepted: int = 0
    rejected: int = 0
    bad: dict[int, str] = field(default_factory=dict)


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the contract."""
    parser.add_argument("--index", required=True, metavar="I")
    parser.add_argument("--sourcetype", metavar="S")
    parser.add_argument("--source", help="default: the file's name")
    parser.add_argument("--host")
    parser.add_argument("--restart", action="store_true", help="send from the first line even if an earlier run was interrupted")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    add_server_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """0, or 1 when lines were refused or a file could not be read."""
    for path in arguments.files:
        format_of(path)
    server = Server(arguments.url, arguments.token)
    code = 0
    for path in arguments.files:
        outcome = Outcome()
        try:
            send_file(server, path, arguments, outcome)
        except PilotageError as error:
            if error.problem.code != "unreadable-file":
                raise
            say(error.problem.render())
            code = 1
        for line, reason in sorted(outcome.bad.items()):
            say(f"{path.name}:{line}: {reason}")
        say(f"{path.name}: {outcome.accepted} accepted, {outcome.rejected} bad" + (" (kept in _dead_letter)" if outcome.rejected else ""))
        code = 1 if outcome.rejected else code
    return code


def send_file(server: Server, path: Path, arguments: argparse.Namespace, outcome: Outcome) -> None:
    """Send what is not yet acknowledged of one file, adding to `outcome`."""
    try:
        checkpoint = Checkpoint.of(path, arguments.url, arguments.index, arguments.sourcetype or "")
        size = path.stat().st_size
    except OSError as error:
        raise fail("unreadable-file", f"cannot read `{path}`: {error.strerror}") from error
    done = 0 if arguments.restart else checkpoint.lines()
    if done:
        say(f"{path.name}: goes on after line {done}")
    with Progress(path.name, size) as progress:
        for batch in batches(path, skip_lines=done):
            _send(server, path, arguments, batch, outcome)
            checkpoint.keep(batch.first_line + batch.lines - 1)
            progress.show(batch.read, f"{outcome.accepted} records")
    checkpoint.forget()


def _send(server: Server, path: Path, arguments: argparse.Namespace, batch: Batch, outcome: Outcome) -> None:
    """One batch, again while the server says it is busy. Raises PilotageError with what the server refused for."""
    kind = format_of(path)
    query = {
        "format": "jsonl" if kind == "parquet" else kind,
        "sourcetype": arguments.sourcetype,
        "source": arguments.source or path.name,
        "host": arguments.host,
        "first_line": str(batch.first_line),
    }
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        headers = {"Content-Type": "application/octet-stream"}
        answer = server.send("POST", f"/api/v1/ingest/{quote(arguments.index, safe='')}", query=query, body=batch.body, headers=headers)
        body = answer.body()
        if answer.status not in BUSY or time.monotonic() > until:
            break
        waited = answer.headers.get("retry-after", "1")
        time.sleep(min(30.0, float(waited) if waited.replace(".", "", 1).isdigit() else 1.0))
    if answer.status >= 400:
        raise PilotageError(problem_of(answer.status, body))
    document = json.loads(body)
    outcome.accepted += document["accepted"]
    outcome.rejected += document["rejected"]
    for each in document.get("bad_lines", ()):
        if len(outcome.bad) < REPORTED_LINES:
            outcome.bad[each["line"]] = each["reason"]
