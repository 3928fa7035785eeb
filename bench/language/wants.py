"""What one row should hold for a query to find it: wishes for the value of a field, and the sources that take them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bench.language import samples
from pilotage.language.plan.nodes import TimeRange


@dataclass(frozen=True, slots=True)
class Want:
    """`kind` ∈ equal pattern like regex more less differs network absent present number address moment distinct term json many."""

    kind: str
    value: str = ""
    sharp: bool = True

    def sample(self, name: str, row: int) -> str | None:
        """A value that fits."""
        match self.kind:
            case "equal" | "term":
                return self.value
            case "pattern":
                return samples.of_wildcard(self.value)
            case "like":
                return samples.of_like(self.value)
            case "regex":
                return samples.of_regex(self.value, row)
            case "more":
                return _number(float(self.value) + 1 + row % 3)
            case "less":
                return _number(float(self.value) - 1)
            case "differs":
                return samples.plain(name, row)
            case "network":
                return samples.of_network(self.value)
            case "number":
                value = samples.plain(name, row)
                return value if value.isdecimal() else str(5 + 3 * (row % 7))
            case "address":
                return f"8.8.4.{row % 3 + 1}" if row % 2 else f"10.1.2.{row % 3 + 1}"
            case "moment":
                return samples.of_format(self.value, row) if self.value else str(samples.NOW_S - 600 - 60 * row)
            case "distinct":
                return f"{name}-{row}"
            case "json":
                return f'{{"name":"x{row}","value":{row}}}'
            case "multi":
                return samples.several(f"{samples.plain(name, row)}", f"{samples.plain(name, row + 1)}")
            case "many":
                return (self.value or ",").join(f"{name}{n}" for n in range(2))
            case _:
                return None

    def fits(self, text: str) -> bool:
        """Whether a value is what is wanted."""
        match self.kind:
            case "equal":
                return text == self.value
            case "pattern":
                return samples.fits_wildcard(self.value, text)
            case "like":
                return samples.fits_like(self.value, text)
            case "regex":
                known = samples.compiled(self.value)
                return known is None or known.search(text) is not None
            case "more" | "less":
                return _is_number(text) and (float(text) > float(self.value)) == (self.kind == "more")
            case "differs":
                return not samples.fits_wildcard(self.value, text)
            case "number":
                return _is_number(text)
            case "network" | "address":
                return re.fullmatch(r"[\d.]+|[0-9a-f:]+", text) is not None
            case "moment":
                return bool(self.value) or _is_number(text)
            case "absent":
                return False
            case _:
                return True


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


@dataclass(frozen=True, slots=True)
class Part:
    """A value inside the text of another slot: the `name` that way number `way` of `base` gives."""

    base: Slot
    way: int
    name: str


Slot = str | Part
Atom = tuple["Source", Slot, Want]
Alternative = tuple[Atom, ...]


@dataclass(slots=True)
class Way:
    """How values stand in a text: `regex anchor json pairs csv` with what that needs; `names` are those to write."""

    kind: str
    text: str = ""
    names: list[str] = field(default_factory=list)
    paths: dict[str, tuple[str | int, ...]] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Source:
    """Rows to make: `events` of indexes, `points`, or those of the lookup `name`."""

    kind: str
    name: str = ""
    indexes: tuple[str, ...] = ()
    time: TimeRange = field(default_factory=TimeRange)
    rows: int = 12
    fields: dict[Slot, list[Want]] = field(default_factory=dict)
    rules: list[list[Alternative]] = field(default_factory=list)
    ways: dict[Slot, list[Way]] = field(default_factory=dict)
    links: dict[str, list[tuple[Source, Slot]]] = field(default_factory=dict)

    def ask(self, slot: Slot, want: Want | None = None) -> None:
        """The slot has a value, and wishes for it."""
        wants = self.fields.setdefault(slot, [])
        if want is not None and want not in wants:
            wants.append(want)
        if isinstance(slot, Part):
            self.ask(slot.base)

    def part(self, base: Slot, way: Way, name: str) -> Part:
        """The slot of a name inside the text of `base`; the way is kept once."""
        ways = self.ways.setdefault(base, [])
        for number, known in enumerate(ways):
            if known.kind == way.kind and (known.kind == "json" or known.text == way.text):
                known.names += [each for each in way.names if each not in known.names]
                known.paths.update(way.paths)
                return Part(base, number, name)
        ways.append(way)
        return Part(base, len(ways) - 1, name)
