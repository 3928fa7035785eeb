"""The senders under watch: what each was told lately, how fast it sends, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pilotage.api.sources.report import Reject, Sender, SenderState
from pilotage.api.sources.slots import Slots
from pilotage.api.sources.tracked import NEW_SECONDS, name_of
from pilotage.ingest.senders import Dealings
from pilotage.ingest.senders import Sender as Name

REJECTING_SECONDS = 60.0


@dataclass(slots=True)
class _Page:
    dealings: Dealings
    slots: Slots
    items: int = 0
    state: SenderState = "new"
    reason: str | None = None
    since: float = 0.0
    counted: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """A sender came from one state into another. `code` and `requests`: the last reason of refusal and how many were new."""

    name: Name
    before: SenderState
    after: SenderState
    reason: str | None
    code: str | None
    requests: int


class Book:
    """A page a sender. Not thread-safe: its owner takes care."""

    def __init__(self, slot: float) -> None:
        self._slot = slot
        self._pages: dict[Name, _Page] = {}

    def judge(self, now: float, known: Mapping[Name, Dealings], stalled: Mapping[str, str]) -> list[Turn]:
        """Take in the counts of `now` and decide the states; what changed. `stalled`: stream → why it does not load."""
        self._pages = {name: page for name, page in self._pages.items() if name in known}
        turns = []
        for name, dealings in known.items():
            page = self._pages.get(name)
            if page is None:
                page = self._pages[name] = _Page(dealings, Slots(self._slot), since=dealings.first)
            page.dealings = dealings
            if dealings.items > page.items:
                page.slots.add(int(now / self._slot), dealings.items - page.items)
                page.items = dealings.items
            before, (page.state, page.reason) = page.state, _decide(dealings, now, stalled)
            if page.state != before:
                page.since = now
                turns.append(_turn(name, page, before))
            page.counted = {code: each.requests for code, each in dealings.refused.items()}
        return turns

    def report(self, now: float) -> list[Sender]:
        """Every sender, those with refusals first, then by rate."""
        found = [_report(name, page, now) for name, page in self._pages.items()]
        return sorted(found, key=lambda s: (s.state != "rejecting", -s.rate_1m, s.protocol, s.token, s.peer))


def _decide(dealings: Dealings, now: float, stalled: Mapping[str, str]) -> tuple[SenderState, str | None]:
    recent = [(each.last, code) for code, each in dealings.refused.items() if now - each.last < REJECTING_SECONDS]
    if recent:
        return "rejecting", max(recent)[1]
    waiting = sorted(stalled[stream] for stream in dealings.streams & stalled.keys())
    if waiting:
        return "stalled", "; ".join(waiting)
    return ("new" if now - dealings.first < NEW_SECONDS else "ok"), None


def _turn(name: Name, page: _Page, before: SenderState) -> Turn:
    code = page.reason if page.state == "rejecting" else None
    fresh = sum(each.requests - page.counted.get(code, 0) for code, each in page.dealings.refused.items())
    return Turn(name, before, page.state, page.reason, code, fresh)


def _report(name: Name, page: _Page, now: float) -> Sender:
    dealings = page.dealings
    rejects = [Reject(code, each.requests, each.last, each.sentence) for code, each in dealings.refused.items()]
    return Sender(
        id=name_of(tuple(name)),
        protocol=name.protocol,
        token=name.token,
        peer=name.peer,
        state=page.state,
        reason=page.reason,
        since=page.since,
        first_seen=dealings.first,
        last_seen=dealings.last,
        requests=dealings.requests,
        items=dealings.items,
        bytes=dealings.size,
        rate_1m=page.slots.rate(now, 60.0),
        rate_5m=page.slots.rate(now, 300.0),
        rejects=sorted(rejects, key=lambda r: -r.last),
    )
