"""What people name and keep for their searches: macros, event types, tags and lookups, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

MATCHES = ("EXACT", "WILDCARD", "CIDR")
MOST_MATCHES = 1000
LONGEST_OFFSET = 2_000_000_000.0
"""Seconds; what Splunk takes for "any time before"."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro: `definition` is put in the place of its call, `$argument$` in it being the call's arguments.

    With `evaluated`, the definition is an eval expression of constants whose text is put there.
    """

    definition: str
    arguments: tuple[str, ...] = ()
    evaluated: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """A table of texts by name. `digest` is the SHA-256 of its CSV file; `rows` how many it has.

    `matches` names the columns that are compared otherwise than exactly: (column, `WILDCARD` or `CIDR`). With `time_field` a row counts
    from its time on: `minimum_offset` to `maximum_offset` seconds after it. No `most` means 1000 matches, or 1 with a `time_field`.
    """

    name: str
    columns: tuple[str, ...] = ()
    digest: str = ""
    rows: int = 0
    matches: tuple[tuple[str, str], ...] = ()
    case_sensitive: bool = True
    least: int = 0
    most: int | None = None
    default: str = ""
    time_field: str | None = None
    time_format: str = "%s.%Q"
    minimum_offset: float = 0.0
    maximum_offset: float = LONGEST_OFFSET

    @property
    def most_matches(self) -> int:
        """How many rows may match one value."""
        return self.most if self.most is not None else 1 if self.time_field else MOST_MATCHES


@dataclass(frozen=True, slots=True)
class KnowledgeBook:
    """All of it but the lookups' rows: macros by `name` or `name(2)`, event types and tags by name, lookups by name."""

    macros: dict[str, Macro] = field(default_factory=dict)
    eventtypes: dict[str, str] = field(default_factory=dict)
    tags: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    lookups: dict[str, Lookup] = field(default_factory=dict)
