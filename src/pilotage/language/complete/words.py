"""What is offered to somebody who types, and what only a server knows that it can be made of: fields, indexes, named things."""

from __future__ import annotations

from dataclasses import dataclass, field

from pilotage.language.catalogue import KnownObjects

MOST = 200
"""Suggestions in one answer."""


@dataclass(frozen=True, slots=True)
class FieldWord:
    """A field: the types of its values, its place (`fixed`, `attributes`, `resource`, `scope`), and the indexes it was seen in."""

    name: str
    types: tuple[str, ...]
    place: str
    indexes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """What the stages before leave: `columns` in order, and beside them the stored fields while the rows are `open`."""

    columns: tuple[str, ...] = ()
    open: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """Names of one server. `lookups` are names with their columns."""

    fields: tuple[FieldWord, ...] = ()
    indexes: tuple[str, ...] = ()
    knowledge: KnownObjects = field(default_factory=KnownObjects)
    lookups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def field(self, name: str) -> FieldWord | None:
        """The stored field of a name."""
        return next((each for each in self.fields if each.name == name), None)

    def columns_of(self, lookup: str) -> tuple[str, ...]:
        """The columns of a lookup, also by its name without `.csv`."""
        plain = lookup.removesuffix(".csv")
        return next((columns for name, columns in self.lookups if name.removesuffix(".csv") == plain), ())


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One word to insert; `kind` says what it is: a `command`, `option`, `value`, `function`, `field`, `keyword` and so on."""

    label: str
    kind: str
    insert: str
    detail: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """The suggestions that replace the text from `start` to the cursor; `values_of` names a field whose values would fit too.

    `whole`: every word that fits is here, so more letters only narrow the list.
    """

    start: int
    suggestions: tuple[Suggestion, ...] = ()
    values_of: str | None = None
    whole: bool = True


def chosen(start: int, typed: str, found: list[Suggestion], values_of: str | None = None) -> Completion:
    """Those that begin with what is typed, then those that hold it; each label and kind once, in their order."""
    wanted = typed.strip("\"'`%").lower()
    begin: dict[tuple[str, str], Suggestion] = {}
    inside: dict[tuple[str, str], Suggestion] = {}
    for each in found:
        label = each.label.lower()
        if label.startswith(wanted):
            begin.setdefault((each.label, each.kind), each)
        elif len(wanted) > 1 and wanted in label:
            inside.setdefault((each.label, each.kind), each)
    fitting = [*begin.values(), *inside.values()]
    return Completion(start, tuple(fitting[:MOST]), values_of, whole=len(fitting) <= MOST)
