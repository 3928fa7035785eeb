"""`/api/v1/rules`: the rules applied while loading, what they did so far, and a trial of them that stores nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail
from pilotage.model.rules import RuleCount


@dataclass(frozen=True, slots=True)
class Trial:
    """Lines to try the rules on, as if they came with this metadata; with `rule` only that one."""

    lines: list[str]
    index: str = "main"
    sourcetype: str = "text"
    source: str = "trial"
    host: str = "localhost"
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """An event's text and its attributes."""

    text: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a line: `after` is null when the event is not stored; `rules` those that applied."""

    before: Shown
    after: Shown | None
    rules: list[str]


async def show(call: Call) -> list[RuleCount]:
    """Every rule in the configuration's order, with its counts since the start."""
    rules = call.services.intake.rules
    return [] if rules is None else rules.counts()


async def test(call: Call) -> list[Tried]:
    """Each line that is not blank, before and after."""
    from pilotage.engine.rules import compile_rules, only  # noqa: PLC0415 - the languages
    from pilotage.engine.trial import Origin, trial  # noqa: PLC0415

    asked, settings = call.body, call.services.settings
    rows = call.services.store.backend.rows

    def run() -> list[Tried]:
        compiled = compile_rules(settings.redact, settings.extract, rows)
        if asked.rule is not None:
            compiled = only(compiled, asked.rule)
        origin = Origin(asked.index, asked.sourcetype, asked.source, asked.host)
        return [
            Tried(Shown(o.before.text, o.before.fields), None if o.after is None else Shown(o.after.text, o.after.fields), o.rules)
            for o in trial(compiled, asked.lines, origin)
        ]

    if any("\0" in line for line in asked.lines):
        raise fail("bad-request", "a line holds a NUL character")
    return await asyncio.to_thread(run)


RESOURCE = Resource(
    "rules",
    (
        Operation("GET", "/api/v1/rules", "Rules applied while loading, with their counts", "read", show, answer=list[RuleCount]),
        Operation("POST", "/api/v1/rules/test", "What the rules make of some lines", "read", test, body=Trial, answer=list[Tried]),
    ),
)
