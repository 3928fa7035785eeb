"""The `pilotage` command: finds the file of the sub-command and runs it, importing nothing that command does not need."""

from __future__ import annotations

import argparse
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, Protocol, cast

from pilotage.cli.parser import Parser, Version
from pilotage.model.problem import PilotageError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
EXIT_INTERRUPTED = 130

# Their values may start with a minus sign (`--earliest -24h`), which argparse takes for another option.
_SIGNED = ("--earliest", "--latest", "--now", "--train-until")


class Command(Protocol):
    """What a file in `commands/` offers; its name is the file's name."""

    HELP: str

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the exit code."""
        ...


def names() -> list[str]:
    """Every command, by folder scan."""
    package = import_module("pilotage.cli.commands")
    return sorted(each.name for each in pkgutil.iter_modules(package.__path__))


def command(name: str) -> Command:
    """The file of one command."""
    return cast("Command", import_module(f"pilotage.cli.commands.{name}"))


def joined(arguments: Sequence[str]) -> list[str]:
    """`--earliest -24h` as `--earliest=-24h`."""
    result: list[str] = []
    waiting = iter(arguments)
    for each in waiting:
        if each == "--":
            return [*result, each, *waiting]
        value = next(waiting, None) if each in _SIGNED else None
        result.append(each if value is None else f"{each}={value}")
    return result


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse a command line. Ends the process with 2 on bad usage, with 0 after help."""
    known = names()
    parser = Parser(prog="pilotage", description="Observability for machine learning in production.", allow_abbrev=False)
    parser.add_argument(
        "--version", action=Version, nargs=0, dest=argparse.SUPPRESS, default=argparse.SUPPRESS, help="print the version and end"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((each for each in arguments if not each.startswith("-")), None)
    for name in [wanted] if wanted in known else known:
        module = command(name)
        sub = commands.add_parser(name, help=module.HELP, description=module.HELP, allow_abbrev=False)
        module.configure(sub)
    return parser.parse_args(joined(arguments))


def main() -> NoReturn:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    parsed = parse(arguments)
    try:
        return command(parsed.command).run(parsed)
    except PilotageError as error:
        print(error.problem.render(getattr(parsed, "query", None)), file=sys.stderr)  # noqa: T201 - the terminal is where a CLI speaks
        return EXIT_UNREACHABLE if error.problem.code == "server-unreachable" else EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has enough; give the interpreter nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
