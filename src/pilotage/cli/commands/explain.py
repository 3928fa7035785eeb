"""`pilotage explain`: what a query becomes, stage by stage; needs no server."""

from __future__ import annotations

import argparse
import sys

HELP = "Show the syntax tree, the plan or the SQL of a query, without a server."


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the contract."""
    parser.add_argument("--lang", choices=("spl", "sumo"), default="spl", help="language of the query (default %(default)s)")
    parser.add_argument("--stage", choices=("ast", "plan", "sql"), required=True, help="syntax tree, plan, or the SQL that runs")
    parser.add_argument("--earliest", metavar="T", help="start of the range: -24h@h, ISO 8601 or epoch seconds")
    parser.add_argument("--latest", metavar="T", help="end of the range, not included")
    parser.add_argument("query", metavar="QUERY", help="quote it for the shell")


def run(arguments: argparse.Namespace) -> int:
    """0; problems are raised."""
    from pilotage.engine.explain import explain  # noqa: PLC0415 - sqlglot

    text = explain(arguments.query, stage=arguments.stage, language=arguments.lang, earliest=arguments.earliest, latest=arguments.latest)
    sys.stdout.write(text.rstrip("\n") + "\n")
    return 0
