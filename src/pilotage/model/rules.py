"""The rules a configuration may hold: what is hidden and what is extracted while data are loaded. Plain values; `engine` compiles them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MASK = "***"
"""What stands where something was hidden, unless the rule says otherwise."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """One `[[redact]]` entry: exactly one of `pattern`, `fields` and `keep`.

    `pattern` is an RE2 regular expression looked for in every text of an event; `fields` are names (`*` for any text) whose values are
    hidden; `keep` are the only names that survive. `action` is what happens to what is found: with `drop`, a pattern drops the whole
    event and names drop the field. `hash` needs a key, from the environment variable `key_env` or the file `key_file`.
    """

    name: str
    pattern: str | None = None
    fields: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    action: Literal["mask", "hash", "drop"] = "mask"
    replacement: str = MASK
    scope: str = ""
    key_env: str | None = None
    key_file: str | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """One `[[extract]]` entry: fields out of the text of an event, or of its attribute `field`.

    `fields` are the new names; for `regex` they are the named groups of the pattern. `keys` are JSON paths or keys of key-value
    pairs, when they differ from the names. All fields must be found or none is set, unless `nodrop`. `numbers` are names whose values
    are kept as numbers where they are some.
    """

    name: str
    kind: Literal["anchor", "regex", "json", "keyvalue", "csv"]
    pattern: str = ""
    fields: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    field: str = "_raw"
    delimiter: str = ""
    nodrop: bool = False
    numbers: tuple[str, ...] = ()
    scope: str = ""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What one rule did since the start: rows it looked at, and rows it changed, both estimated from samples."""

    name: str
    kind: str
    rows_seen: int
    rows_matched: int
