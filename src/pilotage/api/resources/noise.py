"""`/api/v1/noise`: how noisy monitors are, and whether a proxy metric ranks as the business does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail
from pilotage.model.time import NANOSECONDS, read_time, read_zone
from pilotage.watch.escalation import length

if TYPE_CHECKING:
    from pilotage.watch.noise.report import Noise, Span
    from pilotage.watch.noise.statistics import Estimate


@dataclass(frozen=True, slots=True)
class NoiseRange:
    """Times as in SPL; `split` a moment to compare before and after."""

    earliest: str = "-30d"
    latest: str = "now"
    split: str = ""


@dataclass(frozen=True, slots=True)
class EstimateAnswer:
    """A value with its 95 % interval; null where nothing can be said."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class NoiseAnswer:
    """A monitor, or the whole fleet with an empty name.

    `after_hours` is the share outside of the hours of `calendar` (empty: Monday to Friday, 9 to 17 UTC); `false` the share of false ones
    among those with a verdict, `unlabelled` the share without; `before` and `after` are alerts a day on both sides of the split.
    """

    monitor: str
    alerts: int
    days: float
    per_day: float
    after_hours: EstimateAnswer
    calendar: str
    false: EstimateAnswer
    unlabelled: float | None
    muted: int
    before: float | None
    after: float | None
    ratio: EstimateAnswer


@dataclass(frozen=True, slots=True)
class NoiseReport:
    """`monitors` noisiest first; `noisiest` the loudest 5 %, with their alerts a day and share of all; `loud` those above 4 a day."""

    since: float
    until: float
    split: float | None
    fleet: NoiseAnswer
    monitors: list[NoiseAnswer]
    noisiest: tuple[str, ...]
    noisiest_per_day: float
    noisiest_share: float | None
    loud: int


@dataclass(frozen=True, slots=True)
class ProxyQuestion:
    """Two queries of a value each, cut into windows of `slice`."""

    proxy: str
    business: str
    slice: str = "1h"
    earliest: str = "-30d"
    latest: str = "now"
    language: Literal["spl", "sumo"] = "spl"


@dataclass(frozen=True, slots=True)
class ProxyAnswer:
    """Spearman's rank correlation over `pairs` windows, worth `effective` independent ones."""

    rho: EstimateAnswer
    pairs: int
    effective: float
    p: float | None


async def report(call: Call) -> NoiseReport:
    """The noise report."""
    span = _span(call, call.query.earliest, call.query.latest, call.query.split)

    def work() -> NoiseReport:
        from pilotage.watch.noise.reading import noise_of  # noqa: PLC0415 - numpy

        made = noise_of(call.services.state, span)
        monitors = [_noise(each) for each in made.monitors]
        plain = {
            name: getattr(made, name) for name in ("since", "until", "split", "noisiest", "noisiest_per_day", "noisiest_share", "loud")
        }
        return NoiseReport(fleet=_noise(made.fleet), monitors=monitors, **plain)

    return await asyncio.to_thread(work)


async def proxy(call: Call) -> ProxyAnswer:
    """Whether a proxy ranks as the business does."""
    asked: ProxyQuestion = call.body
    span = _span(call, asked.earliest, asked.latest, "")
    width = length(asked.slice)
    if width < 60 or width % 60:
        raise fail("bad-request", f"a slice of `{asked.slice[:40]}` is not possible", hint="write whole minutes such as `5m` or `1h`")

    def work() -> ProxyAnswer:
        from pilotage.engine.run import Search  # noqa: PLC0415 - the languages
        from pilotage.store.backend import Limits  # noqa: PLC0415
        from pilotage.watch.noise.reading import proxy_of  # noqa: PLC0415

        kept = call.services.settings.limits
        limits = Limits(kept.query_seconds, kept.query_memory_bytes, kept.query_rows_read, 0)
        searches = Search(asked.proxy, asked.language, limits=limits), Search(asked.business, asked.language, limits=limits)
        found = proxy_of(call.services.engine, searches, int(width), span)
        return ProxyAnswer(_estimate(found.rho), found.pairs, found.effective, found.p)

    return await asyncio.to_thread(work)


def _span(call: Call, earliest: str, latest: str, split: str) -> Span:
    from pilotage.watch.noise.report import Span  # noqa: PLC0415

    now, zone = round(call.services.clock.now() * NANOSECONDS), read_zone("UTC")
    times = [read_time(text, now=now, zone=zone) / NANOSECONDS for text in (earliest, latest, split) if text]
    if times[0] >= times[1]:
        raise fail("bad-request", "`earliest` is not before `latest`")
    if split and not times[0] < times[2] < times[1]:
        raise fail("bad-request", "`split` is not within the range")
    return Span(times[0], times[1], times[2] if split else None)


def _noise(each: Noise) -> NoiseAnswer:
    return NoiseAnswer(
        monitor=each.monitor,
        alerts=each.alerts,
        days=each.days,
        per_day=each.per_day,
        after_hours=_estimate(each.after_hours),
        calendar=each.calendar,
        false=_estimate(each.false),
        unlabelled=each.unlabelled,
        muted=each.muted,
        before=each.before,
        after=each.after,
        ratio=_estimate(each.ratio),
    )


def _estimate(each: Estimate) -> EstimateAnswer:
    return EstimateAnswer(each.value, each.low, each.high)


RESOURCE = Resource(
    "noise",
    (
        Operation("GET", "/api/v1/noise", "How noisy monitors are", "read", report, query=NoiseRange, answer=NoiseReport),
        Operation(
            "POST", "/api/v1/noise/proxy", "Rank correlation of a proxy", "read", proxy, body=ProxyQuestion, answer=ProxyAnswer, strict=True
        ),
    ),
)
