"""The causes why queries were refused, ranked; causes that differ only in the names they quote are one, with its names ranked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

MOST_NAMES = 6
_QUOTED = re.compile(r"`[^`]*`")


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause and the ids it refused, in the order they came; `names` are those it is told with and how many queries each has."""

    text: str
    ids: tuple[str, ...]
    names: tuple[tuple[str, int], ...] = ()

    def line(self) -> str:
        """As a person reads it."""
        shown = ", ".join(f"{name} {count}" for name, count in self.names[:MOST_NAMES])
        more = f", {len(self.names) - MOST_NAMES} more" if len(self.names) > MOST_NAMES else ""
        return f"{len(self.ids):6}  {self.text}" + (f": {shown}{more}" if shown else "") + f"  (such as {self.ids[0]})"


def ranked(refused: Mapping[str, Sequence[str]]) -> list[Cause]:
    """Causes by their text (code and sentence) with the ids of each, the most frequent first."""
    alike: dict[str, list[str]] = {}
    for text in refused:
        alike.setdefault(_QUOTED.sub("`…`", " ".join(text.split())), []).append(text)
    found = [_joined(texts, refused) for texts in alike.values()]
    return sorted(found, key=lambda cause: (-len(cause.ids), cause.text))


def _joined(texts: list[str], refused: Mapping[str, Sequence[str]]) -> Cause:
    ids = tuple(each for text in texts for each in refused[text])
    if len(texts) == 1:
        return Cause(" ".join(texts[0].split()), ids)
    quoted = [_QUOTED.findall(" ".join(text.split())) for text in texts]
    differ = [len(set(column)) > 1 for column in zip(*quoted, strict=True)]
    counts: dict[str, int] = {}
    for text, names in zip(texts, quoted, strict=True):
        name = " ".join(name for name, varies in zip(names, differ, strict=True) if varies)
        counts[name] = counts.get(name, 0) + len(refused[text])
    parts: Iterator[tuple[str, bool]] = iter(zip(quoted[0], differ, strict=True))

    def shown(_: re.Match[str]) -> str:
        name, varies = next(parts)
        return "`…`" if varies else name

    text = _QUOTED.sub(shown, " ".join(texts[0].split()))
    return Cause(text, ids, tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))))
