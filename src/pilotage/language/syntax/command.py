"""What one command file declares: spellings, arguments, meaning, help and examples, in one value found by discovery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option


@dataclass(frozen=True, slots=True)
class Example:
    """A query that parses, and what it answers."""

    text: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of the pipe languages.

    `spellings` maps a dialect to the names it uses there. `parse(arguments, rows)` makes the plan node that follows `rows`;
    `generate(arguments)` the source node when the command stands first. `print` gives the text of a node it could have made, or `None`
    for any other; parsing that text gives an equal node. `notes` say plainly what differs from Splunk.
    """

    name: str
    spellings: Mapping[str, tuple[str, ...]]
    synopsis: str
    summary: str
    print: Callable[[Node], str | None]
    parse: Callable[[Arguments, Node], Node] | None = None
    generate: Callable[[Arguments], Node] | None = None
    options: tuple[Option, ...] = ()
    examples: tuple[Example, ...] = ()
    notes: tuple[str, ...] = ()
