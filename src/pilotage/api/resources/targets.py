"""`/api/v1/targets`: what is scraped, and how the last scrape of each target went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotage.api.resource import Call, Operation, Resource

if TYPE_CHECKING:
    from pilotage.api.scraping.scrape import Scrape


@dataclass(frozen=True, slots=True)
class TargetState:
    """One target. `health` is `up`, `down` or `unknown` before its first scrape; times in seconds, `last_scrape` epoch seconds."""

    job: str
    instance: str
    url: str
    labels: dict[str, str]
    interval_seconds: int
    timeout_seconds: int
    health: str
    last_scrape: float | None
    duration_seconds: float
    samples: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Targets:
    """All targets, by job and instance; `unread` says which of their files cannot be read and why."""

    targets: list[TargetState]
    unread: dict[str, str]


async def show(call: Call) -> Targets:
    """A snapshot."""
    scraper = call.services.scraper
    if scraper is None:
        return Targets([], {})
    return Targets([_state(each) for each in scraper.scrapes()], scraper.errors())


def _state(scrape: Scrape) -> TargetState:
    target, state = scrape.target, scrape.state
    return TargetState(
        job=target.job,
        instance=target.instance,
        # The query may hold a secret.
        url=target.url.partition("?")[0],
        labels=dict(target.labels),
        interval_seconds=target.interval,
        timeout_seconds=target.timeout,
        health="unknown" if state.up is None else "up" if state.up else "down",
        last_scrape=state.last,
        duration_seconds=state.seconds,
        samples=state.samples,
        error=state.error,
    )


RESOURCE = Resource("targets", (Operation("GET", "/api/v1/targets", "Scraped targets and how they are", "read", show, answer=Targets),))
