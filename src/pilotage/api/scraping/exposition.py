"""A metrics page as samples: text format 0.0.4 and OpenMetrics 1.0, read with the parsers of `prometheus_client`."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from prometheus_client.samples import Sample

from pilotage.api.scraping.fetch import Page
from pilotage.ingest.prometheus import exemplified
from pilotage.model.problem import fail

ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
LINE_LETTERS = 16 << 10
"""What a line may have: the parsers take time with the square of the labels in one."""
KINDS = {"counter": 1, "gauge": 2, "histogram": 3, "gaugehistogram": 4, "summary": 5, "info": 6, "stateset": 7}
_COUNTER = re.compile(r"^#[ \t]+TYPE[ \t]+(\S+)[ \t]+counter[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample of a page. `value` is the double's eight bytes; `milliseconds` the page's own time for it, if it gives one."""

    labels: Mapping[str, str]
    value: bytes
    milliseconds: int | None
    exemplar: bytes


@dataclass(frozen=True, slots=True)
class Family:
    """What a page says of a metric; `kind` is remote write's number."""

    kind: int
    name: str
    text: str
    unit: str


@dataclass(frozen=True, slots=True)
class Contents:
    """A whole page."""

    readings: list[Reading]
    families: list[Family]


def contents(page: Page, sample_limit: int) -> Contents:
    """Read a page. Raises `scrape-failed` for one that breaks its format, `too-many-samples`."""
    try:
        text = page.body.decode()
        if max(map(len, text.split("\n"))) > LINE_LETTERS:
            raise fail("scrape-failed", f"the page has a line of more than {LINE_LETTERS} characters")
        open_metrics = page.content_type.strip().lower().startswith("application/openmetrics-text")
        families = read_openmetrics(text) if open_metrics else _as_written(text)
        found = Contents([], [])
        for family in families:
            found.families.append(Family(KINDS.get(family.type, 0), family.name, family.documentation, family.unit))
            found.readings.extend(_reading(sample) for sample in family.samples)
            if len(found.readings) > sample_limit:
                hint = "raise sample_limit of the scrape entry"
                raise fail("too-many-samples", f"the page has more than {sample_limit} samples", hint=hint)
    except (ValueError, OverflowError, KeyError, IndexError, TypeError) as error:
        raise fail("scrape-failed", f"the page breaks its format: {str(error)[:200] or 'a line cannot be read'}") from error
    return found


def _as_written(text: str) -> Iterable[Metric]:
    """Families of a 0.0.4 page with the names it gives them: the parser makes `x_total` of every counter `x`, and the reverse."""
    counters = set(_COUNTER.findall(text))
    for family in read_text(text):
        if family.type == "counter":
            if f"{family.name}_total" in counters:
                family.name += "_total"
            else:
                family.samples = [sample._replace(name=sample.name.removesuffix("_total")) for sample in family.samples]
        yield family


def _reading(sample: Sample) -> Reading:
    labels = {**sample.labels, "__name__": sample.name}
    exemplar = sample.exemplar
    told = b""
    if exemplar is not None and exemplar.timestamp is not None:
        told = exemplified(exemplar.labels, float(exemplar.value), round(float(exemplar.timestamp) * 1000))
    time = None if sample.timestamp is None else round(float(sample.timestamp) * 1000)
    return Reading(labels, struct.pack("<d", float(sample.value)), time, told)
