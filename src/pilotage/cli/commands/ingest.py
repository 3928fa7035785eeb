"""`pilotage ingest`: files to a server, in batches of whole records, each acknowledged before the next.

How far a file is through is kept after each batch. A run that was interrupted, however hard, goes on after the last batch known to
be acknowledged. The batch after it may have been stored without this side having learnt of it: it is sent again under the same name,
and the server, which remembers names for a week, stores it once. So nothing is lost and nothing is there twice.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from pilotage.cli.checkpoint import Checkpoint
from pilotage.cli.files import Batch, Begins, batches, format_of
from pilotage.cli.progress import Progress
from pilotage.cli.rows import say
from pilotage.cli.server import Server, add_server_options, problem_of
from pilotage.ingest.messages import AutoStart, boundary_pattern
from pilotage.model.names import INDEX_HINT, WRITABLE_INDEX
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
    parser.epilog = "A file that is sent again is stored again, unless that run goes on with an interrupted one."
    parser.add_argument("--index", required=True, metavar="I", help="where the records go")
    parser.add_argument("--sourcetype", metavar="S", help="kind of the records, which searches and rules can name (default: the format)")
    parser.add_argument("--source", metavar="S", help="where the records come from (default: the file's name)")
    parser.add_argument("--host", metavar="H", help="machine the records come from, where they do not say")
    parser.add_argument(
        "--multiline",
        type=_multiline,
        default="line",
        metavar="line|auto|regex:REGEX",
        help="text: a message a line (default); lines that begin with white space or without a time go on; REGEX is in first lines",
    )
    parser.add_argument("--restart", action="store_true", help="send from the first line even if an earlier run was interrupted")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="sent in this order; the name tells the format")
    add_server_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """0, or 1 when lines were refused or a file could not be read."""
    if WRITABLE_INDEX.fullmatch(arguments.index) is None:
        raise fail("bad-index", f"`{arguments.index[:80]}` is not the name of an index that can be written to", hint=INDEX_HINT)
    for path in arguments.files:
        if path.is_dir():
            raise fail("unreadable-file", f"`{path}` is a directory", hint=f"name the files in it, such as `{path}/*.log`")
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
            if not outcome.accepted + outcome.rejected:
                continue
        for line, reason in sorted(outcome.bad.items()):
            say(f"{path.name}:{line}: {reason}")
        say(f"{path.name}: {outcome.accepted} accepted, {outcome.rejected} bad" + (" (kept in _dead_letter)" if outcome.rejected else ""))
        code = 1 if outcome.rejected else code
    return code


def send_file(server: Server, path: Path, arguments: argparse.Namespace, outcome: Outcome) -> None:
    """Send what is not yet acknowledged of one file, adding to `outcome`."""
    try:
        checkpoint = Checkpoint.of(path, arguments.url, arguments.index, arguments.sourcetype or "", arguments.multiline)
        size = path.stat().st_size
    except OSError as error:
        raise fail("unreadable-file", f"cannot read `{path}`: {error.strerror}") from error
    if arguments.restart:
        checkpoint.forget()
    done, run_name = checkpoint.lines(), checkpoint.run()
    if done:
        say(f"{path.name}: goes on after line {done}")
    begins = _begins(arguments.multiline) if format_of(path) == "text" else None
    with Progress(path.name, size) as progress:
        for batch in batches(path, begins, skip_lines=done):
            _send(server, path, arguments, batch, name=f"{run_name}-{batch.first_line}", outcome=outcome)
            checkpoint.keep(batch.first_line + batch.lines - 1, run_name)
            progress.show(batch.read, f"{outcome.accepted} {'record' if outcome.accepted == 1 else 'records'}")
    checkpoint.forget()


def _multiline(text: str) -> str:
    """An argument that says how text becomes messages."""
    kind, _, pattern = text.partition(":")
    if text in ("line", "auto") or (kind == "regex" and pattern):
        try:
            boundary_pattern(pattern)
        except PilotageError as error:
            raise argparse.ArgumentTypeError(error.problem.sentence) from error
        return text
    raise argparse.ArgumentTypeError(f"`{text}` is neither `line` nor `auto` nor `regex:` and a pattern")


def _begins(multiline: str) -> Begins | None:
    """What tells of a file's lines whether they begin messages, None when each does."""
    kind, _, text = multiline.partition(":")
    if kind == "regex":
        pattern = boundary_pattern(text)
        return lambda line: pattern.search(line) is not None
    return AutoStart() if kind == "auto" else None


def _format(path: Path, arguments: argparse.Namespace) -> str:
    """The server's name for the records of the file."""
    kind = format_of(path)
    framed = kind == "text" and arguments.multiline != "line"
    return "messages" if framed else "jsonl" if kind == "parquet" else kind


def _send(server: Server, path: Path, arguments: argparse.Namespace, batch: Batch, *, name: str, outcome: Outcome) -> None:
    """One batch, again while the server says it is busy. Raises PilotageError with what the server refused for."""
    query = {
        "format": _format(path, arguments),
        "sourcetype": arguments.sourcetype,
        "source": arguments.source or path.name,
        "host": arguments.host,
        "first_line": str(batch.first_line),
        "batch": name,
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
