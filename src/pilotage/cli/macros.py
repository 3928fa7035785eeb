"""The macros that `pilotage check` expands: a flat map, or one a source; and those of `macros.conf` among the files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pilotage.cli.definitions import Document, macro_document, read_definitions
from pilotage.model.knowledge import Macro
from pilotage.model.problem import fail

if TYPE_CHECKING:
    from pilotage.language.catalogue import KnownObjects


@dataclass(frozen=True, slots=True)
class Macros:
    """Macros for queries of any source, and those of one source, which come first."""

    shared: Mapping[str, Macro] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Macro]] = field(default_factory=dict)

    def of(self, source: str | None) -> KnownObjects:
        """What queries of a source know."""
        from pilotage.language.catalogue import KnownObjects  # noqa: PLC0415 - sqlglot

        return KnownObjects({**self.shared, **self.sources.get(source or "", {})})


def read_macros(path: Path | None, others: Iterable[Path]) -> Macros:
    """The macros of `--macros` and of every `macros.conf` in `others`. Raises codes `unreadable-file`, `definition`, `conf-line`."""
    shared: dict[str, Macro] = {}
    for each in others:
        if each.name == "macros.conf":
            shared |= _made(read_definitions("macro", each))
    if path is None:
        return Macros(shared)
    if path.suffix == ".conf":
        return Macros(shared | _made(read_definitions("macro", path)))
    document = _document(path)
    if not _nested(document):
        return Macros(shared | _flat(document))
    return Macros(shared, {source: _flat(value) for source, value in document.items() if isinstance(value, dict)})


def _document(path: Path) -> dict[str, object]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise fail("unreadable-file", f"cannot read `{path}` as JSON: {getattr(error, 'strerror', None) or error}") from error
    if not isinstance(document, dict):
        raise fail("definition", f"`{path}` holds no JSON object", hint='as in {"name": "definition"} or {"source": {"name": …}}')
    return document


def _nested(document: Mapping[str, object]) -> bool:
    """Whether this maps sources: every member is an object, and none of them a definition."""
    return bool(document) and all(isinstance(value, dict) and not isinstance(value.get("definition"), str) for value in document.values())


def _flat(document: Mapping[str, object]) -> dict[str, Macro]:
    return _made({name: macro_document(name, value) for name, value in document.items()})


def _made(documents: Mapping[str, Document]) -> dict[str, Macro]:
    found: dict[str, Macro] = {}
    for name, document in documents.items():
        arguments = document["arguments"]
        words = tuple(str(each) for each in arguments) if isinstance(arguments, list) else ()
        found[name] = Macro(str(document["definition"]), words, bool(document["evaluated"]))
    return found
