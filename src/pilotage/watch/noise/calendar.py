"""Which hours a team works, for those whose monitors a match names: what falls outside wakes people up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pilotage.watch.facts import Facts
from pilotage.watch.hours import Hours
from pilotage.watch.matching import Match


@dataclass(frozen=True, slots=True)
class Calendar:
    """`hours` of the team that owns the monitors that `match`; the empty match fits all."""

    hours: Hours = field(default_factory=Hours)
    match: Match = field(default_factory=Match)
    description: str = ""


DEFAULT = Calendar()
"""Monday to Friday, 9 to 17 UTC: for monitors that no calendar fits."""


def calendar_of(calendars: Mapping[str, Calendar], facts: Facts) -> tuple[str, Calendar]:
    """The first by name that fits, narrow ones before the empty match; the default has no name."""
    fitting = [(name, each) for name, each in sorted(calendars.items()) if each.match.fits(facts)]
    fitting.sort(key=lambda pair: pair[1].match == Match())
    return fitting[0] if fitting else ("", DEFAULT)
