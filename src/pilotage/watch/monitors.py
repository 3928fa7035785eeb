"""A monitor as its owner writes it: one required field, the query; everything else has a default that lets people sleep."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from typing import Literal

import msgspec

from pilotage.model.problem import PilotageError, fail
from pilotage.model.time import SECONDS, read_span, read_zone
from pilotage.watch.conditions import read_condition

KINDS = (
    "anomaly", "static", "outlier", "missing", "sudden-change", "resource", "population", "composite", "pattern",
)  # fmt: skip
Kind = Literal["anomaly", "static", "outlier", "missing", "sudden-change", "resource", "population", "composite", "pattern"]
MOST_QUERY = 15_000
MOST_LABELS = 50
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%|(\d+)")


@dataclass(frozen=True, slots=True)
class Excluded:
    """A period that is not learned from and never alerts, such as a maintenance: ISO times or epoch seconds."""

    begin: str
    end: str


@dataclass(frozen=True, slots=True)
class Monitor:
    """What to watch and when to tell.

    Every kind: `query` in `language`; `value` the column to watch (default the query's last result, `rows` = number of rows), `by` groups
    of a query without its own; `slice` and `delay` as lengths of time; `window` and `min_unusual` (count or share): how many unusual slices
    of the last ones alert; `missing`: what a slice without data means (auto, gap, zero, alert after `missing_for`, hold); `recovery` quiet
    time that ends an alert, `quiet` time after that in which it comes back silently, `expiry` without data.

    anomaly: `direction`, `sensitivity` 0.1 to 1.0, `warning_sensitivity`, `escape`, `min_deviation`, `min_deviation_share`.
    static, sudden-change, resource, outlier: `critical` and `warning` conditions, `clear` the one that ends the alert (hysteresis).
    outlier: `sigma`, `baseline` slices. sudden-change: change in percent against the `baseline` slices before. resource: `limit`, hours
    left. population: groups against each other by `sigma`. composite: `when` over names of other monitors. pattern: new log signatures.
    """

    query: str = ""
    name: str = ""
    language: Literal["spl", "sumo"] = "spl"
    kind: Kind = "anomaly"
    description: str = ""
    value: str = ""
    by: tuple[str, ...] = ()
    slice: str = ""
    delay: str = "2m"
    history: str = "60d"
    window: int = 5
    min_unusual: str = ""
    direction: Literal["both", "up", "down"] = "both"
    sensitivity: float = 0.5
    warning_sensitivity: float | None = None
    escape: bool = True
    min_deviation: float = 0.0
    min_deviation_share: float = 0.0
    critical: str = ""
    warning: str = ""
    clear: str = ""
    sigma: float = 3.0
    baseline: int = 10
    limit: float | None = None
    when: str = ""
    missing: Literal["auto", "gap", "zero", "alert", "hold"] = "auto"
    missing_for: str = "15m"
    recovery: str = "30m"
    quiet: str = "15m"
    expiry: str = "1d"
    most_groups: int = 1000
    zone: str = "UTC"
    holidays: str = ""
    excluded: tuple[Excluded, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    playbook: str = ""
    enabled: bool = True
    shadow: bool = False

    @property
    def slice_seconds(self) -> int:
        """Width of a slice; five minutes unless said."""
        return seconds(self.slice or "5m", "slice")

    @property
    def votes(self) -> int:
        """How many of the last `window` slices must be unusual: anomalies 60 % by default, rules one."""
        return share(self.min_unusual or ("60%" if self.kind == "anomaly" else "1"), self.window)

    @property
    def vote_window(self) -> int:
        """The slices that are looked at: a rule that needs one unusual slice looks at the last only."""
        return self.window if self.votes > 1 else 1

    def document(self) -> dict[str, object]:
        """As a document that leaves out what is by default."""
        plain = msgspec.to_builtins(self)
        return {each.name: plain[each.name] for each in fields(self) if plain[each.name] != _default(each.name)}


def _default(name: str) -> object:
    found = _FIELDS[name]
    value = found.default if found.default is not MISSING else found.default_factory() if found.default_factory is not MISSING else None
    return msgspec.to_builtins(value)


_FIELDS = {each.name: each for each in fields(Monitor)}


def seconds(text: str, name: str) -> int:
    """A length of time in whole seconds. Raises `bad-monitor`."""
    try:
        found = read_span(text)
    except PilotageError as error:
        raise fail("bad-monitor", f"`{name}` is not a length of time, `{text}`", hint="write such as `30s`, `5m`, `1h`, `1d`") from error
    if found.unit not in SECONDS or found.seconds < 1 or found.seconds != int(found.seconds):
        raise fail("bad-monitor", f"`{name}` must be whole seconds up to weeks, `{text}`", hint="write such as `30s`, `5m`, `1h`, `1d`")
    return int(found.seconds)


def share(text: str, window: int) -> int:
    """The count that `3` or `60%` means of a window, at least 1. Raises `bad-monitor`."""
    found = _SHARE.fullmatch(text.strip())
    count = 0 if found is None else int(found[2]) if found[2] else -int(-float(found[1]) * window // 100)
    if not 1 <= count <= window:
        raise fail(
            "bad-monitor",
            f"`min_unusual` is `{text}` of a window of {window}",
            hint=f"write a count from 1 to {window} or a share such as `60%`",
        )
    return count


def read_monitor(document: object) -> Monitor:
    """The monitor in a decoded JSON or YAML document. Raises `bad-monitor` naming the field."""
    if not isinstance(document, dict):
        raise fail("bad-monitor", "a monitor is an object of fields", hint="the one it needs is `query`")
    for key in document:
        if key not in _FIELDS:
            near = get_close_matches(str(key), list(_FIELDS), n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"known fields: {', '.join(_FIELDS)}"
            raise fail("bad-monitor", f"a monitor has no field `{key}`", hint=hint)
    given = {key: value for key, value in document.items() if value is not None}
    if isinstance(given.get("min_unusual"), int):
        given["min_unusual"] = str(given["min_unusual"])
    if isinstance(given.get("by"), str):
        given["by"] = [given["by"]]
    try:
        monitor = msgspec.convert(given, Monitor)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at ")
        where = place.strip("`").removeprefix("$.")
        raise fail("bad-monitor", f"`{where}`: {sentence[:1].lower()}{sentence[1:]}") from error
    check(monitor)
    if monitor.name:
        return monitor
    return msgspec.convert(given | {"name": monitor.query.strip()[:80] or monitor.when[:80]}, Monitor)


def check(monitor: Monitor) -> None:
    """Raises `bad-monitor` for fields that do not fit together."""
    if monitor.kind == "composite":
        if not monitor.when:
            raise fail("bad-monitor", "a composite monitor needs `when`", hint="such as `errors AND NOT deploy`, names of other monitors")
    elif not monitor.query.strip():
        raise fail("bad-monitor", "a monitor needs a `query`", hint="such as `index=main | timechart span=5m count`")
    if len(monitor.query) > MOST_QUERY:
        raise fail("bad-monitor", f"the query has {len(monitor.query)} characters, the most is {MOST_QUERY}", hint="put parts into a macro")
    for name in ("slice", "delay", "history", "missing_for", "recovery", "quiet", "expiry"):
        if text := getattr(monitor, name):
            seconds(text, name)
    if not 1 <= monitor.window <= 1000:
        raise fail("bad-monitor", f"`window` is {monitor.window}, must be 1 to 1000 slices")
    _ = monitor.votes
    for name, least, most in (("sensitivity", 0.1, 1.0), ("warning_sensitivity", 0.1, 1.0), ("sigma", 0.1, 100.0)):
        value = getattr(monitor, name)
        if value is not None and not least <= value <= most:
            raise fail("bad-monitor", f"`{name}` is {value:g}, must be {least:g} to {most:g}")
    if min(monitor.min_deviation, monitor.min_deviation_share) < 0:
        raise fail("bad-monitor", "`min_deviation` and `min_deviation_share` cannot be negative")
    if not 1 <= monitor.most_groups <= 100_000 or not 2 <= monitor.baseline <= 10_000:
        raise fail("bad-monitor", "`most_groups` must be 1 to 100000 and `baseline` 2 to 10000")
    if len(monitor.labels) > MOST_LABELS:
        raise fail("bad-monitor", f"a monitor has at most {MOST_LABELS} labels, this one {len(monitor.labels)}")
    read_zone(monitor.zone)
    for name in ("critical", "warning", "clear"):
        if text := getattr(monitor, name):
            read_condition(text, name)
    if monitor.kind == "static" and not monitor.critical and not monitor.warning:
        raise fail("bad-monitor", "a static monitor needs a condition in `critical` or `warning`", hint="such as `> 100`")
    if monitor.kind == "resource" and monitor.limit is None:
        raise fail("bad-monitor", "a resource monitor needs the `limit` at which the resource has run out", hint="such as 0 or 100")
