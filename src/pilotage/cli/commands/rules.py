"""`pilotage rules`: the rules applied while loading, listed with their counts, or tried on lines of text."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from pilotage.cli.rows import say, write_table
from pilotage.cli.server import Server, add_server_options
from pilotage.model.problem import fail

HELP = "List the redaction and extraction rules, or try them on lines of text."
_ORIGIN = ("index", "sourcetype", "source", "host")


def configure(parser: argparse.ArgumentParser) -> None:
    """`list`, `test`."""
    actions = parser.add_subparsers(dest="action", metavar="list|test", required=True)
    shown = actions.add_parser("list", help="the server's rules with what they did since its start", allow_abbrev=False)
    add_server_options(shown)
    test = actions.add_parser("test", help="each line before and after, and which rules applied; nothing is stored", allow_abbrev=False)
    test.add_argument("--config", type=Path, metavar="FILE", help="the rules of this file, without a server (default: the server's)")
    test.add_argument("--rule", metavar="NAME", help="only this rule")
    test.add_argument("--index", default="main", metavar="I", help="what the lines are said to come from (default %(default)s)")
    test.add_argument("--sourcetype", default="text", metavar="S", help="as above (default %(default)s)")
    test.add_argument("--source", default="trial", metavar="S", help="as above (default %(default)s)")
    test.add_argument("--host", default="localhost", metavar="H", help="as above (default %(default)s)")
    test.add_argument("--json", action="store_true", help="one JSON object a line")
    test.add_argument("file", metavar="FILE|-", help="a text file, or - for what comes on standard input")
    add_server_options(test)


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    if arguments.action == "list":
        found = json.loads(Server(arguments.url, arguments.token).ask("GET", "/api/v1/rules").body())
        columns = ("name", "kind", "rows_seen", "rows_matched")
        write_table(iter(json.dumps(rule).encode() for rule in found), columns, sys.stdout)
        return 0
    document = {name: getattr(arguments, name) for name in (*_ORIGIN, "rule")} | {"lines": _lines(arguments.file)}
    tried = _local(arguments.config, document) if arguments.config else _remote(arguments, document)
    for each in tried:
        sys.stdout.write(json.dumps(each, ensure_ascii=False) + "\n" if arguments.json else _block(each))
    changed = sum(bool(each["rules"]) for each in tried)
    say(f"{len(tried)} {'line' if len(tried) == 1 else 'lines'}, {changed} with a rule that applies")
    return 0


def _lines(name: str) -> list[str]:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise fail("unreadable-file", f"cannot read `{name}`: {error.strerror}") from error
    return data.decode("utf-8", "replace").replace("\0", "").splitlines()


def _remote(arguments: argparse.Namespace, document: dict[str, object]) -> list[dict[str, object]]:
    answer = Server(arguments.url, arguments.token).ask("POST", "/api/v1/rules/test", document=document)
    found: list[dict[str, object]] = json.loads(answer.body())
    return found


def _local(config: Path, document: dict[str, object]) -> list[dict[str, object]]:
    """The same with an engine of our own, in a folder that is gone afterwards."""
    from dataclasses import asdict  # noqa: PLC0415

    from pilotage.api.settings import read_settings  # noqa: PLC0415
    from pilotage.engine.rules import compile_rules, only  # noqa: PLC0415
    from pilotage.engine.trial import Origin, trial  # noqa: PLC0415
    from pilotage.store.open import open_store  # noqa: PLC0415

    settings = read_settings(config)
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="pilotage-rules-") as folder:
        store = open_store(Path(folder) / "store")
        os.chdir(folder)
        try:
            compiled = compile_rules(settings.redact, settings.extract, store.backend.rows)
            if document["rule"] is not None:
                compiled = only(compiled, str(document["rule"]))
            lines = document["lines"]
            assert isinstance(lines, list)  # noqa: S101 - made by `run`
            origin = Origin(*(str(document[name]) for name in _ORIGIN))
            return [asdict(each) for each in trial(compiled, lines, origin)]
        finally:
            os.chdir(before)
            store.close()


def _block(tried: dict[str, object]) -> str:
    """`- before`, `+ after`, the fields and the rules, with a blank line after them."""
    before, after, rules = tried["before"], tried["after"], tried["rules"]
    assert isinstance(before, dict)  # noqa: S101 - the API's own shape
    assert isinstance(rules, list)  # noqa: S101 - as above
    lines = [f"- {before['text']}"]
    if isinstance(after, dict):
        lines.append(f"+ {after['text']}")
        lines += [f"    {name} = {value}" for name, value in after["fields"].items()]
    else:
        lines.append("+ (not stored)")
    return "\n".join([*lines, f"    rules: {', '.join(rules) or 'none'}", "", ""])
