"""`parse xml`: values out of XML texts by path; each different text is read once."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.frame import Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.plan.xml_paths import XmlStep, xml_steps
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind

MOST = 100_000
"""Different texts that are read."""
_DECLARED = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
Tree = ET.Element


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    steps: tuple[XmlStep, ...]
    drop: bool


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`source`; `wanted` are `name<TAB>path<TAB>drop` (`1` or `0`) joined by newlines: a row without a wanted value is dropped, or kept."""
    column = frame.columns.get(str(options["source"]))
    wanted = [_wanted(line) for line in str(options["wanted"]).split("\n")]
    encoded = pc.dictionary_encode(column.texts() if column is not None else pa.nulls(frame.rows, pa.string()))
    texts = encoded.dictionary.to_pylist()
    if len(texts) > MOST:
        hint = "filter before, or look at a shorter range"
        context.warn("rows-limited", f"`parse xml` read the first {MOST} different texts of {len(texts)}", hint=hint)
    found: list[list[str | None]] = [[None] * len(texts) for _ in wanted]
    for number, text in enumerate(texts[:MOST]):
        if number % 1000 == 0:
            context.check()
        root = _root(text)
        if root is not None:
            for cells, each in zip(found, wanted, strict=True):
                cells[number] = next(_values(root, each.steps), None)
    columns: dict[str, Column] = {}
    kept = np.ones(frame.rows, dtype=bool)
    for cells, each in zip(found, wanted, strict=True):
        values = pa.array(cells, pa.string()).take(encoded.indices)
        before = columns.get(each.name) or frame.columns.get(each.name)
        if each.drop:
            kept &= values.is_valid().to_numpy(zero_copy_only=False)
        elif before is not None:
            values = pc.coalesce(values, before.texts())
        columns[each.name] = Column(values, Kind.VALUE)
    rows = frame.with_columns(columns)
    return rows if kept.all() else rows.take(pa.array(np.flatnonzero(kept)))


def _wanted(line: str) -> _Wanted:
    name, path, drop = line.split("\t")
    return _Wanted(name, xml_steps(path) or (), drop == "1")


def _root(text: str) -> Tree | None:
    """The document in a text, whatever stands before and after it; `None` for what is no XML, or declares entities."""
    begin, end = text.find("<"), text.rfind(">")
    if begin < 0 or end < begin or _DECLARED.search(text):
        return None
    try:
        return ET.fromstring(text[begin : end + 1])  # noqa: S314 - no entities are declared
    except ET.ParseError:
        return None


def _values(root: Tree, steps: tuple[XmlStep, ...]) -> Iterator[str]:
    """The texts that a path leads to, in the order of the document."""
    if not steps:
        return
    # The document is the parent of its root.
    top = ET.Element("")
    top.append(root)
    nodes = [top]
    for step in steps:
        if step.attribute:
            for node in nodes:
                yield from (value for name, value in node.items() if step.name in ("*", _local(name)))
            return
        if step.name == "text()":
            yield from (node.text for node in nodes if node.text)
            return
        nodes = [each for node in nodes for each in _chosen(node, step)]
    for node in nodes:
        node.tail = None
        yield ET.tostring(node, "unicode") if len(node) else "".join(node.itertext())


def _chosen(node: Tree, step: XmlStep) -> list[Tree]:
    """The children of a node (any below it, if the step goes deep) that a step means."""
    around = list(node.iter())[1:] if step.deep else list(node)
    named = [each for each in around if step.name in ("*", _local(each.tag))]
    for key, value in step.conditions:
        if key.startswith("@"):
            named = [each for each in named if any(_local(name) == key[1:] and value in (None, text) for name, text in each.items())]
        else:
            named = [each for each in named if any(_local(c.tag) == key and value in (None, "".join(c.itertext())) for c in each)]
    return named if step.place is None else named[step.place - 1 : step.place]


def _local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


STEP = Step("xml", run)
