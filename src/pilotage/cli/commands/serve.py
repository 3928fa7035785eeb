"""`pilotage serve`: the whole server in this process."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "Run the server: HTTP on one port, OTLP/gRPC on the other."


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the contract."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="data directory, made if absent")
    parser.add_argument("--store", metavar="URL", help="clickhouse://… instead of the embedded store")
    parser.add_argument("--state", metavar="URL", help="postgresql://… instead of DATA/state.db")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=4318, help="HTTP port, 0 for any (default %(default)s)")
    parser.add_argument("--grpc-port", type=int, default=4317, help="gRPC port, 0 for any (default %(default)s)")
    parser.add_argument(
        "--config", type=Path, metavar="FILE.toml", help="tokens, rules (redact, extract), scrape, index (retention), limits"
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain for both ports (PEM)")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key (PEM)")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="development: schedules run on a clock X times as fast")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    from pilotage.api.serve import Options, serve  # noqa: PLC0415 - the other commands start in a tenth of the time

    options = Options(**{name: value for name, value in vars(arguments).items() if name != "command"})
    serve(options)
    return 0
