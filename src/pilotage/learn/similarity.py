"""Texts that are alike, in one pass: each joins the first group it is near enough to, or begins one of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import numpy as np

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
MATCHES = ("termlist", "termset", "ngramset")
GRAM = 3
_CHECK = 1024


def parts_of(text: str, match: str, split: re.Pattern[str]) -> list[str]:
    """What is compared of a text: its words with their places, its words, or its runs of three characters; each once."""
    if match == "ngramset":
        return list(dict.fromkeys(text[at : at + GRAM] for at in range(max(len(text) - GRAM + 1, 1))))
    words = [word for word in split.split(text) if word]
    if match == "termlist":
        return [f"{place} {word}" for place, word in enumerate(words)]
    return list(dict.fromkeys(words))


def groups(texts: Iterable[list[str]], threshold: float, check: Callable[[], None]) -> Integers:
    """The number of each text's group, counted from 0: the most alike one whose first text shares at least `threshold` of the parts.

    The share is that of the parts in both among those of the one that has more. `check` is asked now and then whether to go on.
    """
    places: dict[str, list[int]] = {}
    sizes: list[int] = []
    found: list[int] = []
    for number, parts in enumerate(texts):
        if number % _CHECK == 0:
            check()
        best = _nearest(parts, places, sizes, threshold)
        if best is None:
            best = len(sizes)
            sizes.append(len(parts))
            for part in parts:
                places.setdefault(part, []).append(best)
        found.append(best)
    return np.array(found, dtype=np.int64)


def _nearest(parts: list[str], places: dict[str, list[int]], sizes: list[int], threshold: float) -> int | None:
    if not parts:
        return next((group for group, size in enumerate(sizes) if size == 0), None)
    lists = [places[part] for part in parts if part in places]
    if not lists:
        return None
    shared = np.bincount(np.concatenate([np.array(each, dtype=np.int64) for each in lists]), minlength=len(sizes))
    shares = shared / np.maximum(np.array(sizes), len(parts))
    best = int(np.argmax(shares))
    return best if shares[best] >= threshold else None
