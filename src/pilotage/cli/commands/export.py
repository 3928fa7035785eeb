"""`pilotage export`: one index as a Parquet file."""

from __future__ import annotations

import argparse
from pathlib import Path

from pilotage.cli.progress import Progress
from pilotage.cli.rows import say
from pilotage.cli.server import Server, add_server_options
from pilotage.model.problem import fail

HELP = "Write the rows of an index to a Parquet file."


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the contract."""
    parser.add_argument("--index", required=True, metavar="I", help="the index whose rows to write")
    parser.add_argument("--earliest", metavar="T", help="start: -24h@h, ISO 8601 or epoch seconds; without a range everything is written")
    parser.add_argument("--latest", metavar="T", help="end, not included")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.parquet", help="the file to write; it appears when it is complete")
    add_server_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 with the file complete; otherwise there is no file."""
    server = Server(arguments.url, arguments.token)
    query = {"index": arguments.index, "earliest": arguments.earliest, "latest": arguments.latest}
    answer = server.ask("GET", "/api/v1/export", query=query, accept="application/vnd.apache.parquet")
    part = arguments.out.with_name(arguments.out.name + ".part")
    size = 0
    try:
        with part.open("wb") as file, Progress(arguments.out.name) as progress:
            for piece in answer.pieces():
                file.write(piece)
                size += len(piece)
                progress.show(size)
        part.replace(arguments.out)
    except OSError as error:
        raise fail("unwritable-file", f"cannot write `{arguments.out}`: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    say(f"wrote {arguments.out} ({size} bytes)")
    return 0
