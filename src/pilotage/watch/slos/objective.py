"""An objective as its owner writes it: what is good, how much of it, over which period, and which burning is an alert."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from pilotage.model.problem import fail
from pilotage.model.time import read_span, read_zone
from pilotage.watch.conditions import read_condition
from pilotage.watch.escalation import length
from pilotage.watch.slos.period import CALENDARS, check_start

LONGEST_PERIOD_S = 400 * 86_400
LONGEST_SLICE_S = 31 * 86_400
MOST_ALERTS = 20
Kind = Literal["request", "window", "monitor"]
Signal = Literal["availability", "latency", "error", "throughput", "quality", "freshness", "other"]


@dataclass(frozen=True, slots=True)
class Burn:
    """An alert when the budget burns `rate` times as fast as it may, over `long` and over `short` (default: a twelfth of it).

    `budget` instead of `rate`: the percentage of the whole period's budget that `long` may use up.
    """

    long: str
    level: Literal["warning", "critical"] = "critical"
    rate: float | None = None
    budget: float | None = None
    short: str = ""

    def factor(self, period: float) -> float:
        """The burn rate at which it alerts; `period` in seconds."""
        return self.rate if self.rate is not None else (self.budget or 0.0) / 100 * period / length(self.long)

    def windows(self) -> tuple[float, float]:
        """The long and the short window in seconds."""
        long = length(self.long)
        return long, length(self.short) if self.short else max(long / 12, 300.0)


DEFAULT_BURNS = (
    Burn("1h", "critical", 14.4, None, "5m"),
    Burn("6h", "critical", 6.0, None, "30m"),
    Burn("1d", "warning", 3.0, None, "2h"),
    Burn("3d", "warning", 1.0, None, "6h"),
)
"""Of a month's budget: 2 % in an hour, 5 % in six, 10 % in a day, 10 % in three days; the short window ends the alert soon after."""


@dataclass(frozen=True, slots=True)
class Slo:
    """`target` percent of what the indicator counts must be good within `period`.

    request: the columns `good` and `total` of `query` are counted. window: a slice of `query` is good where `value` meets `threshold`, such
    as `< 0.5`. monitor: a minute is good where the named `monitor` had no alert. `period`: `30d` and the like roll; `week`, `month`,
    `quarter` and `year` are the calendar's in `zone`, from `start` on (a weekday, a day of the month, a month). Slices without data count
    as `missing` says.
    """

    kind: Kind = "request"
    target: float = 99.0
    query: str = ""
    language: Literal["spl", "sumo"] = "spl"
    good: str = "good"
    total: str = "total"
    value: str = ""
    threshold: str = ""
    monitor: str = ""
    slice: str = "5m"
    delay: str = "2m"
    missing: Literal["ignore", "good", "bad"] = "ignore"
    period: str = "30d"
    zone: str = "UTC"
    start: str = ""
    burns: tuple[Burn, ...] = DEFAULT_BURNS
    signal: Signal = "other"
    description: str = ""
    playbook: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    enabled: bool = True

    @property
    def slice_seconds(self) -> int:
        """Width of a slice."""
        return int(length(self.slice))

    @property
    def allowed(self) -> float:
        """The share that may be bad."""
        return 1.0 - self.target / 100.0

    def digest(self) -> str:
        """The same as long as what is counted is the same: otherwise the counts are made anew."""
        counted = (self.kind, self.query, self.language, self.good, self.total, self.value, self.threshold, self.monitor, self.slice)
        return hashlib.sha256(msgspec.json.encode((*counted, self.missing))).hexdigest()[:16]

    def check(self) -> None:
        """Raises PilotageError `slo-invalid` and those of spans, zones and conditions; the query is checked by the engine."""
        if not 0 < self.target < 100:
            raise fail("slo-invalid", f"the target is {self.target:g} percent, must be above 0 and below 100")
        if self.kind == "monitor" and not self.monitor:
            raise fail("slo-invalid", "an objective of kind monitor needs the name of one")
        if self.kind != "monitor" and not self.query.strip():
            raise fail("slo-invalid", f"an objective of kind {self.kind} needs a query")
        if self.kind == "window":
            if not self.threshold:
                raise fail("slo-invalid", "an objective of kind window needs a `threshold`", hint="such as `< 0.5`")
            read_condition(self.threshold, "threshold")
        if not 60 <= length(self.slice) <= LONGEST_SLICE_S or length(self.slice) % 60:
            raise fail("slo-invalid", f"a slice of `{self.slice}` is not possible", hint="write whole minutes from `1m` to `31d`")
        if not 0 <= length(self.delay) <= 7200:
            raise fail("slo-invalid", f"a delay of `{self.delay}` is not possible", hint="write up to `2h`")
        read_zone(self.zone)
        check_start(self.period, self.start)
        self._check_period()
        self._check_burns()

    def _check_period(self) -> None:
        if self.period not in CALENDARS and not self.slice_seconds * 2 <= read_span(self.period).seconds <= LONGEST_PERIOD_S:
            hint = f"write two slices to 400 days, or {', '.join(CALENDARS)}"
            raise fail("slo-invalid", f"a period of `{self.period}` is not possible", hint=hint)

    def _check_burns(self) -> None:
        if len(self.burns) > MOST_ALERTS:
            raise fail("slo-invalid", f"an objective has at most {MOST_ALERTS} alerts, this one {len(self.burns)}")
        for each in self.burns:
            if (each.rate is None) == (each.budget is None):
                raise fail("slo-invalid", "an alert on burning needs a `rate` or a percentage of the `budget`, and not both")
            if (each.rate if each.rate is not None else each.budget or 0.0) <= 0:
                raise fail("slo-invalid", "the rate or budget of an alert on burning must be above 0")
            long, short = each.windows()
            if short > long:
                raise fail("slo-invalid", f"the short window `{each.short}` is longer than the long one `{each.long}`")
