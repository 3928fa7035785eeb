"""`/api/v1/language/…`: what an editor asks while somebody types. Positions count characters (code points) from 0."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pilotage.api.resource import Call, Operation, Resource

if TYPE_CHECKING:
    from pilotage.engine.assistance import Assistant

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cursor:
    """An unfinished query and where its cursor, or the pointer, is."""

    text: str
    position: int
    language: Literal["spl", "sumo"] = "spl"


@dataclass(frozen=True, slots=True)
class Draft:
    """A query to look through before it runs."""

    query: str
    language: Literal["spl", "sumo"] = "spl"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class SuggestedWord:
    """A word that fits: shown as `label`, put in as `insert`; `kind` is what it is, such as `command`, `option` or `field`."""

    label: str
    kind: str
    insert: str
    detail: str
    help: str


@dataclass(frozen=True, slots=True)
class CompletionAnswer:
    """Words for the text from `start` to the cursor. `values_of` names a field whose values fit too; with `whole` there are no more."""

    start: int
    words: tuple[SuggestedWord, ...]
    values_of: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class WordExample:
    """A query or expression, and what it answers."""

    text: str
    sentence: str


@dataclass(frozen=True, slots=True)
class HoverAnswer:
    """Help on the word from `start` to `end`; `page` is a path under `docs/`."""

    start: int
    end: int
    kind: str
    title: str
    summary: str
    synopsis: str
    notes: tuple[str, ...]
    examples: tuple[WordExample, ...]
    page: str | None


@dataclass(frozen=True, slots=True)
class SignatureAnswer:
    """How the call or command at the cursor goes on; `argument`, from 0, is the one being written in a call."""

    label: str
    help: str
    name: str
    argument: int | None


@dataclass(frozen=True, slots=True)
class LintFinding:
    """Something to show in the text; only an `error` keeps the query from running."""

    severity: Literal["error", "warning", "info"]
    problem: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LintAnswer:
    """What there is to say about a query, in the order of weight."""

    findings: tuple[LintFinding, ...]


async def _asked(call: Call, question: Callable[[Assistant], T]) -> T:
    return await asyncio.to_thread(lambda: question(call.services.assistant()))


async def complete(call: Call) -> CompletionAnswer:
    """Words that fit."""
    asked: Cursor = call.body
    found = await _asked(call, lambda assistant: assistant.complete(asked.text, asked.position, asked.language))
    words = tuple(SuggestedWord(each.label, each.kind, each.insert, each.detail, each.help) for each in found.suggestions)
    return CompletionAnswer(found.start, words, found.values_of, found.whole)


async def hover(call: Call) -> HoverAnswer | None:
    """Help on a word."""
    asked: Cursor = call.body
    found = await _asked(call, lambda assistant: assistant.hover(asked.text, asked.position, asked.language))
    if found is None:
        return None
    examples = tuple(WordExample(each.text, each.sentence) for each in found.examples)
    return HoverAnswer(found.start, found.end, found.kind, found.title, found.summary, found.synopsis, found.notes, examples, found.page)


async def signature(call: Call) -> SignatureAnswer | None:
    """What is being written."""
    asked: Cursor = call.body
    found = await _asked(call, lambda assistant: assistant.signature(asked.text, asked.position, asked.language))
    return None if found is None else SignatureAnswer(found.label, found.help, found.name, found.argument)


async def lint(call: Call) -> LintAnswer:
    """What is wrong."""
    asked: Draft = call.body
    found = await _asked(call, lambda assistant: assistant.lint(asked.query, asked.language, asked.zone))
    return LintAnswer(tuple(LintFinding(each.severity, each.problem.document()) for each in found))


_PATH = "/api/v1/language"

RESOURCE = Resource(
    "language editor",
    (
        Operation("POST", f"{_PATH}/complete", "Words that fit at the cursor", "read", complete, Cursor, answer=CompletionAnswer),
        Operation("POST", f"{_PATH}/hover", "Help on the word at a position", "read", hover, Cursor, answer=HoverAnswer | None),
        Operation(
            "POST", f"{_PATH}/signature", "The call or command at the cursor", "read", signature, Cursor, answer=SignatureAnswer | None
        ),
        Operation("POST", f"{_PATH}/lint", "Problems of a query, without running it", "read", lint, Draft, answer=LintAnswer),
    ),
)
