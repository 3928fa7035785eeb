"""What is wrong or surprising in a query that nobody has run: error, warnings, unmentioned limits, options without effect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pilotage.engine.reading import Reading, Surroundings, read_query
from pilotage.engine.watch import shallow
from pilotage.language.commands import spellings
from pilotage.language.plan.nodes import Node
from pilotage.language.plan.walk import plans
from pilotage.language.syntax.arguments import Option
from pilotage.model.problem import PilotageError, Problem, Span

MOST = 50
_LIMITS = frozenset({"limit", "max", "maxout", "maxinputs"})
_WORTH_SAYING = range(1_000, 1_000_001)
_NO_EFFECT = "Accepted"
_COUNT = re.compile(r"\s*[A-Za-z_]\w*\s+\d+(?![^\s,])")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to show at its place; only an `error` keeps the query from running."""

    severity: Literal["error", "warning", "info"]
    problem: Problem


def lint(query: str, language: str, zone: str, around: Surroundings) -> tuple[Finding, ...]:
    """What there is to say about a query, errors first; nothing of an empty one."""
    if not query.strip():
        return ()
    try:
        with shallow():
            reading = read_query(query, language, zone, around)
    except PilotageError as error:
        return (Finding("error", error.problem),)
    found = [Finding("warning", each) for each in reading.relation.context.messages]
    if language == "spl":
        found += [Finding("info", each) for each in _surprises(reading)]
    return tuple(found[:MOST])


def _surprises(reading: Reading) -> Iterator[Problem]:
    """Limits that a command keeps without being asked, and options that change nothing."""
    said: set[tuple[str, int]] = set()
    for node in plans(reading.plan):
        command = spellings("spl").get(node.command)
        if command is None or (node.command, node.span.start) in said or not node.span.end:
            continue
        said.add((node.command, node.span.start))
        text = reading.written.text[node.span.start : node.span.end]
        for option in command.options:
            given = re.search(rf"(?<![\w.]){re.escape(option.name)}\s*=", _plain(text), re.IGNORECASE)
            if given is not None and option.help.startswith(_NO_EFFECT):
                span = Span(node.span.start + given.start(), node.span.start + given.start() + len(option.name))
                yield Problem("no-effect", f"`{option.name}` changes nothing here", reading.written.back(span), _reason(option))
            elif given is None and _silent(option, node, text):
                word = Span(node.span.start, node.span.start + len(node.command))
                sentence = f"`{node.command}` goes no further than {option.default} rows"
                yield Problem("silent-limit", sentence, reading.written.back(word), f"write `{option.name}=…` to choose another limit")


def _silent(option: Option, node: Node, text: str) -> bool:
    """Whether this option limits rows that nobody expects to be limited."""
    if option.name not in _LIMITS or not option.default.isdigit() or option.help.startswith(_NO_EFFECT):
        return False
    return int(option.default) in _WORTH_SAYING and not (node.command == "sort" and _COUNT.match(text))


def _plain(text: str) -> str:
    """The text with what stands in quotes and brackets blanked: options of a search inside are its own."""
    hidden = re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: " " * len(found[0]), text, flags=re.DOTALL)
    start = hidden.find("[")
    return hidden if start < 0 else hidden[:start] + " " * (len(hidden) - start)


def _reason(option: Option) -> str | None:
    told = option.help.removeprefix(_NO_EFFECT).lstrip(",; ").rstrip(".")
    return told or None
