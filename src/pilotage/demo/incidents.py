"""What can go wrong in the demo, when, and how much: one table of effects for history and live."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pilotage.demo.clock import SECOND_NS
from pilotage.demo.traffic import ASSISTANT, CLASSIFIER, DAY_NS, SLICE_NS, Times

REPORTER = "demo"  # the service that tells the truth about incidents, for benches; nothing else mentions them
EVENT = "demo.incident"  # event name, and sourcetype of the reporter's logs
DURATION_S = 1800
ADDED_LATENCY_S = 0.4
ERROR_SHARE = 0.35
FEATURE_SHIFT = 1.5  # standard deviations, on the features of `wine.DRIFTING`
SHIFTED_CLASSES = (0.1, 0.1, 0.8)
TOKEN_FACTOR = 4

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Kind(StrEnum):
    """The injectable incidents, by their command-line names."""

    LATENCY = "latency"
    ERRORS = "errors"
    DRIFT = "drift"
    LABEL_SHIFT = "label-shift"
    COST = "cost"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident over the half-open demo time `[start_ns, end_ns)`."""

    kind: Kind
    start_ns: int
    end_ns: int

    @property
    def service(self) -> str:
        """Whom it hits; `*` for all."""
        if self.kind is Kind.OUTAGE:
            return "*"
        return ASSISTANT.service if self.kind is Kind.COST else CLASSIFIER.service


@dataclass(frozen=True, slots=True)
class Schedule:
    """All incidents of a run."""

    incidents: tuple[Incident, ...] = ()

    def active(self, kind: Kind, time_ns: int) -> bool:
        """Whether an incident of that kind is on at that demo time."""
        return any(i.kind is kind and i.start_ns <= time_ns < i.end_ns for i in self.incidents)

    def mask(self, kind: Kind, times_ns: Times) -> NDArray[np.bool_]:
        """`active` for an array of times."""
        hit = np.zeros(times_ns.shape, dtype=np.bool_)
        for incident in self.incidents:
            if incident.kind is kind:
                hit |= (times_ns >= incident.start_ns) & (times_ns < incident.end_ns)
        return hit

    def running(self, time_ns: int) -> tuple[Incident, ...]:
        """Everything that is on at that demo time."""
        return tuple(i for i in self.incidents if i.start_ns <= time_ns < i.end_ns)


def announcement(incident: Incident, phase: str) -> tuple[str, dict[str, str]]:
    """Body and attributes of the event `demo.incident`; `phase` is `start` or `end`."""
    return f"incident {incident.kind} {phase}", {
        "demo.incident.name": str(incident.kind),
        "demo.incident.phase": phase,
        "demo.incident.service": incident.service,
    }


def parse(text: str, origin_ns: int) -> Incident:
    """`NAME[@offset]` (`latency@10m`, units s m h d, seconds without one) from `origin_ns` on; ValueError if it is neither."""
    name, _, offset = text.partition("@")
    if name not in tuple(Kind):
        raise ValueError(f"unknown incident {name!r}: one of {', '.join(Kind)}")
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", offset or "0")
    if found is None:
        raise ValueError(f"offset {offset!r} of incident {name!r} is not a number with a unit s, m, h or d")
    start = origin_ns + round(float(found[1]) * UNITS[found[2] or "s"] * SECOND_NS)
    return Incident(Kind(name), start, start + DURATION_S * SECOND_NS)


def historic(seed: int, start_ns: int, end_ns: int) -> tuple[Incident, ...]:
    """The past incidents of a stretch of history: about one in eight days, slice-aligned, 30 to 90 minutes, never overlapping."""
    count = round((end_ns - start_ns) / (8 * DAY_NS))
    if (end_ns - start_ns) >= DAY_NS // 2:
        count = max(1, count)
    if count == 0:
        return ()
    rng = np.random.default_rng([seed, 0x1C])
    kinds = [list(Kind)[i] for i in rng.permutation(len(Kind))]
    stretch = (end_ns - start_ns) // count
    found = []
    for number in range(count):
        begin = start_ns + number * stretch + round(stretch * rng.uniform(0.1, 0.8))
        begin -= begin % SLICE_NS
        found.append(Incident(kinds[number % len(kinds)], begin, begin + int(rng.integers(6, 19)) * SLICE_NS))
    return tuple(found)
