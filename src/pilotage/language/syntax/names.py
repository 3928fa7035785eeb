"""Names of fields while a Sumo query is read: spelled as defined, and noted where only the messages can tell what they are."""

from __future__ import annotations

from dataclasses import dataclass, field

METADATA = {
    "_index": "index",
    "_view": "index",
    "_sourcecategory": "sourcetype",
    "_source": "source",
    "_sourcename": "source",
    "_sourcehost": "host",
}
"""Sumo's names of metadata (lower case) and ours."""
SPECIAL = frozenset({*METADATA, "_messagetime", "_receipttime", "_size"})
"""Names that stand for something stored under another name or in another form."""
STORED = frozenset({"_raw", "_time"})


@dataclass(slots=True)
class Auto:
    """Fields that are looked for in one JSON text when somebody uses them: `_raw` of a message, or that of a `json auto`."""

    source: str
    names: dict[str, None] = field(default_factory=dict)


class Names:
    """What is known by name after the stages read so far.

    `autos` are the texts that later names may come from, the messages' own first; `dynamic`: there are columns that only a run can tell.
    Case does not matter, but the exact name comes first.
    """

    def __init__(self) -> None:
        self.autos = [Auto("_raw")]
        self.specials: dict[str, None] = {}
        self.closed = False
        self.dynamic = False
        self._known: dict[str, None] = {}
        self._folded: dict[str, str] = {}

    def use(self, name: str) -> str:
        """The name as it was defined, or as written."""
        if name in self._known:
            return name
        folded = name.lower()
        if folded in self._folded:
            return self._folded[folded]
        if self.closed or folded in STORED:
            return folded if folded in STORED else name
        if folded in SPECIAL:
            self.specials[name] = None
        else:
            for auto in self.autos:
                auto.names[name] = None
        return name

    def define(self, *names: str) -> None:
        """Names that a stage made."""
        for name in names:
            self._known[name] = None
            self._folded[name.lower()] = name

    def close(self, *names: str) -> None:
        """From here on there are only these names; others that only a run can tell if `dynamic` is set then."""
        self.closed = True
        self.dynamic = False
        self._known.clear()
        self._folded.clear()
        self.define(*names)

    def has(self, name: str) -> bool:
        """Whether a stage made a field of this name, in any case."""
        return name.lower() in self._folded

    def known(self) -> tuple[str, ...]:
        """The fields that stages made, in order; after an aggregate all there are unless `dynamic`."""
        return tuple(self._known)

    def copy(self) -> Names:
        """The same knowledge for a pipe of its own; what it asks of messages is noted here too."""
        found = Names()
        found.autos, found.specials, found.closed, found.dynamic = self.autos, self.specials, self.closed, self.dynamic
        found.define(*self._known)
        return found
