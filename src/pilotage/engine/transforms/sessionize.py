"""`sessionize`: chains of messages, each of which names values that earlier ones of its chain had."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.frame import Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind

MOST = 200_000
"""Messages that fit a pattern."""


@dataclass(frozen=True, slots=True)
class _Link:
    """One pattern: what it names, and the names of earlier ones that it must repeat (each with the group that holds it)."""

    regex: str
    names: tuple[tuple[str, str], ...]
    repeats: tuple[tuple[str, str], ...]


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`source`, `time`; `links` are [regex, [[group, name]…], [[group, name of an earlier one]…]] in JSON. A row a whole chain."""
    links = [
        _Link(regex, tuple(tuple(each) for each in names), tuple(tuple(each) for each in repeats))
        for regex, names, repeats in json.loads(str(options["links"]))
    ]
    texts = frame.columns[str(options["source"])].texts()
    times = np.asarray(frame.columns[str(options["time"])].numbers().to_numpy(zero_copy_only=False), dtype=np.float64)
    order = np.lexsort((-np.arange(frame.rows), times))
    ordered = texts.take(pa.array(order, pa.int64()))
    matches: list[tuple[int, int, dict[str, str]]] = []
    for number, link in enumerate(links):
        found = pc.extract_regex(ordered, link.regex)
        rows = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
        matches += [(int(row), number, groups) for row, groups in zip(rows, pc.drop_null(found).to_pylist(), strict=True)]
        context.check()
    matches.sort(key=lambda match: (match[0], -match[1]))
    if len(matches) > MOST:
        sentence = f"`sessionize` looked at the first {MOST} messages that fit a pattern, of {len(matches)}"
        context.warn("rows-limited", sentence, hint="look at a shorter range")
    chains = _chains(links, matches[:MOST])
    columns = {}
    for link in links:
        for _, name in link.names:
            columns[name] = Column(pa.array([chain.get(name) for chain in chains], pa.string()), Kind.VALUE)
    return Frame(columns, len(chains))


def _chains(links: list[_Link], matches: list[tuple[int, int, dict[str, str]]]) -> list[dict[str, str]]:
    """The values of every whole chain, in the order of their ends; a message goes on with the chain that has waited longest."""
    waiting: defaultdict[tuple[int, tuple[str, ...]], deque[dict[str, str]]] = defaultdict(deque)
    whole: list[dict[str, str]] = []
    for _, number, groups in matches:
        link = links[number]
        if number == 0:
            chain: dict[str, str] = {}
        else:
            queue = waiting.get((number, tuple(groups[group] for group, _ in link.repeats)))
            if not queue:
                continue
            chain = queue.popleft()
        chain |= {name: groups[group] for group, name in link.names}
        if number + 1 == len(links):
            whole.append(chain)
        else:
            key = tuple(chain.get(name, "") for _, name in links[number + 1].repeats)
            waiting[number + 1, key].append(chain)
    return whole


STEP = Step("sessionize", run)
