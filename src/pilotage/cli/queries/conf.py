"""Splunk's `savedsearches.conf` (a `search` a stanza) and `macros.conf` (a `definition` a stanza)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pilotage.cli.queries.entry import Entry, text_of
from pilotage.cli.stanzas import enabled, read_stanzas
from pilotage.model.problem import fail


def entries(path: Path) -> Iterator[Entry]:
    """Searches and definitions by the names of their stanzas; disabled ones too. Raises codes `conf-line`, `no-queries`."""
    stanzas = read_stanzas(text_of(path))
    found = [
        *(Entry(name, values["search"], "spl") for name, values in stanzas.items() if values.get("search")),
        *(
            Entry(name, values["definition"], "spl", fragment=True)
            for name, values in stanzas.items()
            if values.get("definition") and not enabled(values.get("iseval", "0"))
        ),
    ]
    if not found and any(name != "default" for name in stanzas) and not any("definition" in values for values in stanzas.values()):
        raise fail(
            "no-queries", f"no stanza of `{path.name}` has a `search` or a `definition`", hint="give savedsearches.conf or macros.conf"
        )
    yield from found
