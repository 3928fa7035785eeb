"""Which alerts something is about: by monitor, level, labels and group values, with `*` and `?` in the patterns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from pilotage.watch.facts import Facts


@dataclass(frozen=True, slots=True)
class Match:
    """All that is named must fit, of several patterns one. `monitors` are ids or names; the empty match fits every alert."""

    monitors: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    group: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def fits(self, facts: Facts) -> bool:
        """Whether the alert is meant."""
        if self.monitors and not (_one(self.monitors, facts.monitor_id) or _one(self.monitors, facts.name)):
            return False
        if self.levels and facts.level not in self.levels:
            return False
        return _all(self.labels, facts.labels) and _all(self.group, facts.group)


def _one(patterns: tuple[str, ...], value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def _all(wanted: Mapping[str, tuple[str, ...]], have: Mapping[str, str]) -> bool:
    return all(name in have and _one(patterns, have[name]) for name, patterns in wanted.items())
