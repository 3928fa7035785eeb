"""The sub-commands that all named documents share: `list`, `show`, `put FILE`, `delete NAME`."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pilotage.cli.plain import plain, read_yaml
from pilotage.cli.rows import say, write_table
from pilotage.cli.server import Server, add_server_options
from pilotage.model.problem import fail

_HOLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Saved:
    """One kind: the `table` of the API, what one is called, the columns of the list, and how an answer becomes a row of it."""

    table: str
    noun: str
    columns: Sequence[str]
    row: Callable[[Row], Row]

    def configure(self, parser: argparse.ArgumentParser, *, more: str = "") -> argparse._SubParsersAction[argparse.ArgumentParser]:
        """Add the four; gives the sub-parsers for those that only this kind has, which `more` names."""
        actions = parser.add_subparsers(dest="action", metavar=f"list|show|put|delete{more}", required=True)
        shown = actions.add_parser("list", help="list them", allow_abbrev=False)
        shown.add_argument("--json", action="store_true", help="one JSON object a line")
        one = actions.add_parser("show", help="print one as JSON", allow_abbrev=False)
        put = actions.add_parser("put", help="keep those of a file", allow_abbrev=False)
        put.add_argument(
            "file", type=Path, metavar="FILE", help="JSON, TOML or YAML, a member each; ${NAME} is replaced from the environment"
        )
        gone = actions.add_parser("delete", help="forget one", allow_abbrev=False)
        for each in (one, gone):
            each.add_argument("name", metavar="NAME", help="as `list` shows it")
        for each in (shown, one, put, gone):
            add_server_options(each)
        return actions

    def run(self, arguments: argparse.Namespace) -> int:
        """0; problems are raised."""
        server = Server(arguments.url, arguments.token)
        path = f"/api/v1/{self.table}"
        if arguments.action == "list":
            found = json.loads(server.ask("GET", path).body())
            if arguments.json:
                sys.stdout.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in found)
            else:
                write_table(iter(json.dumps(self.row(each)).encode() for each in found), self.columns, sys.stdout)
        elif arguments.action == "show":
            found = json.loads(server.ask("GET", f"{path}/{quote(arguments.name, safe='')}").body())
            sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
        elif arguments.action == "put":
            for name, document in read_documents(arguments.file).items():
                server.ask("PUT", f"{path}/{quote(name, safe='')}", document=document).body()
                say(f"kept the {self.noun} {name}")
        else:
            server.ask("DELETE", f"{path}/{quote(arguments.name, safe='')}").body()
            say(f"forgot the {self.noun} {arguments.name}")
        return 0


def read_documents(path: Path) -> dict[str, object]:
    """Name → document. Raises PilotageError `unreadable-file`, `definition`, `environment-missing`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail("unreadable-file", f"cannot read `{path}`: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from error
    document = _parsed(path, text)
    if not isinstance(document, dict) or not all(isinstance(each, dict) for each in document.values()):
        raise fail("definition", f"`{path}` holds no object of objects", hint="a member each, its name before it")
    return {str(name): _filled(value) for name, value in document.items()}


def _parsed(path: Path, text: str) -> object:
    try:
        if path.suffix == ".toml":
            return plain(tomllib.loads(text), path)
        if path.suffix in (".yaml", ".yml"):
            return read_yaml(text, path)
        return json.loads(text)
    except ValueError as error:
        raise fail("unreadable-file", f"`{path}` cannot be read: {error}", hint="name it .json, .toml or .yaml as it is") from error


def _filled(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _filled(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each) for each in value]
    return _HOLE.sub(_variable, value) if isinstance(value, str) else value


def _variable(found: re.Match[str]) -> str:
    if found[1] not in os.environ:
        raise fail("environment-missing", f"the environment has no `{found[1]}`", hint="export it, or write the value")
    return os.environ[found[1]]
