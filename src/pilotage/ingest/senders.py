"""Who sends and what became of it: requests taken and refused by protocol, token and address, bounded against floods of addresses."""

from __future__ import annotations

import dataclasses
import threading
import time
from dataclasses import dataclass, field
from typing import NamedTuple

MOST = 1024
MOST_STRANGERS = 256
IDLE_SECONDS = 3600.0
OTHERS = "*"
SENTENCE_LENGTH = 300


class Sender(NamedTuple):
    """A protocol, the name of the token (empty when none was right) and the client's address."""

    protocol: str
    token: str
    peer: str


@dataclass(slots=True)
class Refused:
    """Requests refused for one reason; `last` in epoch seconds, `sentence` what the last one was told."""

    requests: int = 0
    last: float = 0.0
    sentence: str = ""


@dataclass(slots=True)
class Dealings:
    """What one sender sent since the start: acknowledged requests, items and bytes, the streams they went to, and the refused by reason.

    Times in epoch seconds, `last` of the last acknowledged request.
    """

    first: float
    last: float | None = None
    requests: int = 0
    items: int = 0
    size: int = 0
    streams: set[str] = field(default_factory=set)
    refused: dict[str, Refused] = field(default_factory=dict)

    def touched(self) -> float:
        """When anything last came, taken or refused."""
        return max([self.last or self.first, *(each.last for each in self.refused.values())])

    def copy(self) -> Dealings:
        """The same, not shared with the counting threads."""
        refused = {code: dataclasses.replace(each) for code, each in self.refused.items()}
        return dataclasses.replace(self, streams=set(self.streams), refused=refused)


class Senders:
    """Thread-safe. At most `most` are told apart, `strangers` of them without a right token; the rest of a protocol is `*`."""

    def __init__(self, *, most: int = MOST, strangers: int = MOST_STRANGERS) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._most_strangers = strangers
        self._strangers = 0
        self._known: dict[Sender, Dealings] = {}
        self._tidied = 0.0

    def acknowledged(self, sender: Sender, stream: str, items: int, size: int) -> None:
        """A request was acknowledged into `stream`."""
        now = time.time()
        with self._lock:
            dealings = self._of(sender, now)
            dealings.last = now
            dealings.requests += 1
            dealings.items += items
            dealings.size += size
            dealings.streams.add(stream)

    def refused(self, sender: Sender, code: str, sentence: str) -> None:
        """A request was refused for the reason `code`; without a `sentence` the code's own words stand for it."""
        now = time.time()
        with self._lock:
            refused = self._of(sender, now).refused.setdefault(code, Refused())
            refused.requests += 1
            refused.last = now
            refused.sentence = sentence[:SENTENCE_LENGTH] or code.replace("-", " ")

    def all(self) -> dict[Sender, Dealings]:
        """A copy of what is known of every sender."""
        with self._lock:
            return {sender: dealings.copy() for sender, dealings in self._known.items()}

    def _of(self, sender: Sender, now: float) -> Dealings:
        found = self._known.get(sender)
        if found is not None:
            return found
        if self._full(sender):
            self._forget_idle(now)
            if self._full(sender):
                sender = Sender(sender.protocol, "", OTHERS)
        if sender not in self._known:
            self._known[sender] = Dealings(first=now)
            self._strangers += not sender.token
        return self._known[sender]

    def _full(self, sender: Sender) -> bool:
        return len(self._known) >= self._most or (not sender.token and self._strangers >= self._most_strangers)

    def _forget_idle(self, now: float) -> None:
        """Make room, looking at most once a minute: a flood must not pay for a walk a request."""
        if now - self._tidied < 60.0:
            return
        self._tidied = now
        self._known = {s: d for s, d in self._known.items() if s.peer == OTHERS or now - d.touched() < IDLE_SECONDS}
        self._strangers = sum(not s.token for s in self._known)
