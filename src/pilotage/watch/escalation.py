"""Escalations: whom to tell next while nobody has acknowledged an alert."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.model.problem import fail
from pilotage.model.time import SECONDS, read_span
from pilotage.watch.matching import Match

MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Step:
    """`after` that time, counted from the opening (empty: at once), the channels and whoever is on call in the rotas are told."""

    channels: tuple[str, ...] = ()
    rotas: tuple[str, ...] = ()
    after: str = ""

    @property
    def delay(self) -> float:
        """`after` in seconds. Raises PilotageError `span-invalid` or the like, and `length-invalid` for months and longer."""
        return length(self.after) if self.after else 0.0


@dataclass(frozen=True, slots=True)
class Escalation:
    """Steps in order; acknowledging or the alert's end stops them. After the last it is told again every `repeat`, if given.

    `match` None: only for monitors that name it; else it also serves alerts that fit and whose monitors name nothing.
    """

    steps: tuple[Step, ...]
    match: Match | None = None
    repeat: str = ""
    description: str = ""

    def check(self) -> None:
        """Raises PilotageError `escalation-invalid`, and that of spans."""
        if not 1 <= len(self.steps) <= MOST_STEPS:
            raise fail("escalation-invalid", f"an escalation has 1 to {MOST_STEPS} steps, this one {len(self.steps)}")
        times = [each.delay for each in self.steps]
        if times != sorted(times):
            raise fail("escalation-invalid", "the steps are not in the order of their times")
        for each in self.steps:
            if not each.channels and not each.rotas:
                raise fail("escalation-invalid", "a step names neither channels nor rotas")
        if self.repeat and length(self.repeat) < 60:
            raise fail("escalation-invalid", f"repeating every `{self.repeat}` is too often, the least is `1m`")


def length(text: str) -> float:
    """A span in seconds. Raises PilotageError `span-invalid` or the like, and `length-invalid` for months and longer."""
    span = read_span(text)
    if span.unit not in SECONDS:
        raise fail("length-invalid", f"`{text[:40]}` is not of a fixed length", hint="write `90s`, `15m`, `4h`, `1d`")
    return span.seconds
