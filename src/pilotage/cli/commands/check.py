"""`pilotage check`: parses and plans every query of whole files without running one; needs no server."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pilotage.cli.causes import ranked
from pilotage.cli.macros import Macros, read_macros
from pilotage.cli.queries import Entry, entries
from pilotage.cli.rows import say

if TYPE_CHECKING:
    from pilotage.model.problem import Problem

HELP = "Parse and plan every query of saved searches, macros, dashboards, monitors or JSON lines, without a server."
MOST_CAUSES = 30


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the contract."""
    parser.add_argument("--lang", choices=("spl", "sumo", "auto"), default="auto", help="of JSON lines (default: by each query)")
    parser.add_argument("--macros", type=Path, metavar="FILE.json", help="macros by name, or by source and name")
    parser.add_argument("--json", action="store_true", help="an object a query on stdout")
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help=".jsonl .jsonl.gz, savedsearches.conf, macros.conf, .xml, .json"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 when every query is accepted, 1 when some are refused; problems of the files themselves are raised."""
    macros = read_macros(arguments.macros, arguments.files)
    found = list(chain.from_iterable(entries(path) for path in arguments.files))
    causes: dict[str, list[str]] = {}
    for entry, problem in _checked(found, arguments.lang, macros):
        if problem is not None:
            causes.setdefault(f"{problem.code}: {problem.sentence}", []).append(entry.id)
        if arguments.json:
            _write_json(entry, problem)
        elif problem is not None:
            sys.stdout.write(f"{entry.id}: {problem.render(entry.query)}\n")
    _summarise(len(found), causes)
    return 1 if causes else 0


def _checked(found: list[Entry], language: str, macros: Macros) -> Iterator[tuple[Entry, Problem | None]]:
    from pilotage.engine.checking import Question, check, check_fragment  # noqa: PLC0415 - sqlglot

    now = time.time_ns()
    knowledge = {source: macros.of(source) for source in {entry.source for entry in found}}
    for entry in found:
        question = Question(entry.query, entry.language or language, entry.continued, knowledge[entry.source])
        yield entry, entry.problem or (check_fragment if entry.fragment else check)(question, now)


def _write_json(entry: Entry, problem: Problem | None) -> None:
    error = None if problem is None else " ".join(f"{problem.code}: {problem.sentence}".split())
    sys.stdout.write(json.dumps({"id": entry.id, "ok": problem is None, "error": error}) + "\n")


def _summarise(count: int, causes: dict[str, list[str]]) -> None:
    refused = sum(len(ids) for ids in causes.values())
    share = 100 * (count - refused) / count if count else 100.0
    say(f"{count} {'query' if count == 1 else 'queries'}, {count - refused} accepted ({share:.1f} %), {refused} refused")
    found = ranked(causes)
    for cause in found[:MOST_CAUSES]:
        say(cause.line())
    if len(found) > MOST_CAUSES:
        say(f"        and {len(found) - MOST_CAUSES} more causes, {sum(len(cause.ids) for cause in found[MOST_CAUSES:])} queries")
