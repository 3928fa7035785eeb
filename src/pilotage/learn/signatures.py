"""Signatures of texts: lines that differ in their values only become one pattern with `*` (the Drain algorithm, by drain3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

MOST = 50_000
"""Different texts, values left out, that are compared with each other; the most frequent ones."""
LONGEST = 4_096
"""Letters of a text that count."""
OTHERS = "*"
"""The signature of texts beyond `MOST`."""
_ALIKE = 0.5
_MASKS = (
    (r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?", "$DATE"),
    (r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}(?: \d{4})?", "$DATE"),
    (r"\b\d{2}:\d{2}:\d{2}(?:[.,]\d+)?\b", "$DATE"),
    (r"\bhttps?://[^\s\"'<>]+", "$URL"),
    (r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b", "*"),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b", "*"),
    (r"\b(?:0x[0-9a-fA-F]+|[0-9a-fA-F]*\d[0-9a-fA-F]{7,})\b", "*"),
    (r"[-+]?\d+(?:[.,:/-]\d+)*", "*"),
    (r"\s+", " "),
)
"""What is replaced before texts are compared, in this order, in RE2's spelling."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """`numbers` are each text's place in `patterns` (-1 for a null); `cut` texts were too many to be compared."""

    numbers: npt.NDArray[np.int64]
    patterns: tuple[str, ...]
    cut: int = 0


def signatures(texts: pa.Array) -> Signatures:
    """The signature of each text. Equal texts, values left out, are looked at once; the frequent ones come first and shape the patterns."""
    encoded = pc.dictionary_encode(masked(texts))
    size = len(encoded.dictionary)
    codes = np.asarray(pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
    counts = np.bincount(codes[codes >= 0], minlength=size)
    lines = encoded.dictionary.to_pylist()
    order = sorted(range(size), key=lambda place: (-counts[place], lines[place]))
    found = _clustered([lines[place] for place in order[:MOST]])
    patterns = list(dict.fromkeys(found))
    numbers = {pattern: number for number, pattern in enumerate(patterns)}
    by_line = np.full(size + 1, -1, dtype=np.int64)
    by_line[order[:MOST]] = [numbers[pattern] for pattern in found]
    if len(order) > MOST:
        patterns += [] if OTHERS in numbers else [OTHERS]
        by_line[order[MOST:]] = numbers.get(OTHERS, len(patterns) - 1)
    return Signatures(by_line[codes], tuple(patterns), max(len(order) - MOST, 0))


def masked(texts: pa.Array) -> pa.Array:
    """The texts with dates, addresses and numbers replaced, cut to a length."""
    result = pc.utf8_slice_codeunits(texts, 0, LONGEST)
    for pattern, mark in _MASKS:
        result = pc.replace_substring_regex(result, pattern, mark)
    return pc.utf8_trim_whitespace(result)


def _clustered(lines: list[str]) -> list[str]:
    """The pattern of each line."""
    from drain3.drain import Drain  # noqa: PLC0415 - takes a fifth of a second to import, and few searches need it

    drain = Drain(depth=4, sim_th=_ALIKE, max_children=200, param_str="*")
    clusters = [drain.add_log_message(line)[0] for line in lines]
    return [cluster.get_template() for cluster in clusters]
