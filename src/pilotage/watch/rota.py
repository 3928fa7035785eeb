"""Who is on call: rotations that hand over at a wall-clock time of a place, on-call hours, and exceptions; right across DST changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pilotage.model.problem import fail
from pilotage.model.time import read_span, read_zone
from pilotage.watch.hours import Hours

_LENGTHS = ("h", "d", "w")


@dataclass(frozen=True, slots=True)
class Rotation:
    """`people` take turns of `every` (`12h`, `1d`, `1w`) from `start`, `YYYY-MM-DDTHH:MM` on the wall clock; within `hours` if given."""

    people: tuple[str, ...]
    start: str
    every: str = "1w"
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """Somebody else for a while: times `YYYY-MM-DDTHH:MM` on the wall clock of the rota."""

    person: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Rota:
    """`people` have the channels that reach them. Of the rotations the first whose hours cover the time decides, exchanges before all."""

    people: dict[str, tuple[str, ...]]
    rotations: tuple[Rotation, ...]
    zone: str = "UTC"
    exchanges: tuple[Exchange, ...] = ()
    description: str = field(default="")

    def check(self) -> None:
        """Raises PilotageError `person-unknown`, `rota-invalid`, and those of zones and hours."""
        zone = read_zone(self.zone)
        named = [person for each in self.rotations for person in each.people] + [each.person for each in self.exchanges]
        for person in named:
            if person not in self.people:
                raise fail("person-unknown", f"`{person[:80]}` is not one of the rota's people", hint=f"people: {', '.join(self.people)}")
        if not self.rotations:
            raise fail("rota-invalid", "a rota needs a rotation")
        for rotation in self.rotations:
            if not rotation.people:
                raise fail("rota-invalid", "a rotation needs people")
            _wall(rotation.start)
            _length(rotation.every)
            if rotation.hours is not None:
                rotation.hours.check()
        for each in self.exchanges:
            if _instant(each.start, zone) >= _instant(each.end, zone):
                raise fail("rota-invalid", f"the exchange of `{each.person[:80]}` ends before it begins")

    def on_call(self, time: float) -> str | None:
        """The person at an instant (epoch seconds), or None outside of everybody's hours."""
        zone = read_zone(self.zone)
        for each in self.exchanges:
            if _instant(each.start, zone) <= time < _instant(each.end, zone):
                return each.person
        for rotation in self.rotations:
            if time >= _instant(rotation.start, zone) and (rotation.hours is None or rotation.hours.covers(time)):
                return rotation.people[turn(rotation, time, zone) % len(rotation.people)]
        return None

    def channels(self, time: float) -> tuple[str, ...]:
        """What reaches the person on call."""
        person = self.on_call(time)
        return () if person is None else self.people[person]


def turn(rotation: Rotation, time: float, zone: ZoneInfo) -> int:
    """How many handovers have been by then. They are instants of the wall clock: in a week with a change a turn is an hour more or less."""
    start, length = _wall(rotation.start), _length(rotation.every)

    def handover(number: int) -> float:
        return (start + number * length).replace(tzinfo=zone).timestamp()

    number = int((time - handover(0)) // length.total_seconds())
    while handover(number + 1) <= time:
        number += 1
    while handover(number) > time:
        number -= 1
    return number


def _wall(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise fail("rota-invalid", f"`{text[:80]}` is not a time", hint="write `2026-01-05T09:00`, on the wall clock of `zone`") from error
    if found.tzinfo is not None:
        raise fail("rota-invalid", f"`{text[:80]}` has an offset of its own", hint="leave it out: the time is that of `zone`")
    return found


def _instant(text: str, zone: ZoneInfo) -> float:
    return _wall(text).replace(tzinfo=zone).timestamp()


def _length(text: str) -> timedelta:
    span = read_span(text)
    if span.unit not in _LENGTHS or span.seconds < 3600:
        raise fail("rota-invalid", f"turns of `{text[:40]}` are not possible", hint="write `12h`, `1d` or `1w`")
    return timedelta(seconds=span.seconds)
