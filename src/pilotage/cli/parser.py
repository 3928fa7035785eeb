"""The command line's parser: what it refuses it says at the sub-command it belongs to, with the nearest thing that there is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from importlib.metadata import version
from typing import Any


class Parser(argparse.ArgumentParser):
    """As argparse's, which tells of an unknown option last, and with the usage of the whole program. Its sub-parsers are of this class."""

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """What argparse calls of each sub-parser; ends the process with 2 instead of leaving something over."""
        given = list(args or ())
        for each in given[: given.index("--")] if "--" in given else given:
            self._check_option(each)
        found, rest = super().parse_known_args(given, namespace)
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return found, rest

    def _check_option(self, word: str) -> None:
        """Refuse what looks like an option and is none; with sub-commands it may be one of theirs."""
        name = word.partition("=")[0]
        if self._subparsers is None and name.startswith("--") and " " not in word and name not in self._option_string_actions:
            self.error(f"there is no option {name}{nearest(name, self._option_string_actions)}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(each) for each in action.choices]
            message = f"there is no `{value}`{nearest(str(value), known)} (choose from {', '.join(known)})"
            raise argparse.ArgumentError(action, message)


class Version(argparse.Action):
    """`--version`, looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and end the process with 0."""
        sys.stdout.write(f"pilotage {version('pilotage')}\n")
        parser.exit(0)


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` for the nearest of the known words, or nothing."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
