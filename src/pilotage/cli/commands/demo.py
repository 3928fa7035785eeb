"""`pilotage demo`: a small real ML system that sends its telemetry to a server."""

from __future__ import annotations

import argparse
import re

from pilotage.cli.server import add_server_options

HELP = "Run a small real ML system that sends its telemetry to a server."
_INCIDENTS = "what goes wrong for 30 minutes, OFFSET (10m) after the start: latency errors drift label-shift cost outage; repeatable"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)([smhdw]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"`{text}` is not a duration such as 60d, 12h or 0")
    return int(found[1]) * _UNITS[found[2] or "s"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the contract."""
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="demo seconds a second (default %(default)s)")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="same seed, same history (default %(default)s)")
    parser.add_argument(
        "--backfill", type=_seconds, default="60d", metavar="60d", help="history sent first, 0 for none (default %(default)s)"
    )
    parser.add_argument("--incident", action="append", default=[], metavar="NAME[@OFFSET]", help=_INCIDENTS)
    parser.add_argument("--duration", type=_seconds, metavar="10m", help="stop after this long (default: until stopped)")
    add_server_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 when stopped."""
    from pilotage.demo.run import Options, run  # noqa: PLC0415 - other commands need none of it

    options = Options(
        url=arguments.url,
        token=arguments.token,
        speed=arguments.speed,
        seed=arguments.seed,
        backfill_s=arguments.backfill,
        incidents=tuple(arguments.incident),
        duration_s=arguments.duration,
    )
    return run(options)
