"""`mpreview`: points of metrics as they are."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.expressions import Field
from pilotage.language.plan.nodes import Dedup, Extend, Node, Project
from pilotage.language.plan.walk import chain
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.clause import ClauseParser
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.measures import exactly
from pilotage.language.syntax.scanner import Scanner
from pilotage.language.syntax.scope import read_indexes, scanned
from pilotage.model.names import METRICS_INDEX

OPTIONS = (
    Option("index", "text", METRICS_INDEX, "The index to read; patterns may hold `*`."),
    Option("filter", "text", "none", "A search clause in quotes over dimensions and `metric_name`."),
    Option("target_per_timeseries", "integer", "5", "At most this many points a series, the newest ones; 0 = all."),
    Option("earliest", "time", "that of the search", "Where the time range begins."),
    Option("latest", "time", "that of the search", "Where the time range ends."),
    Option("splunk_server", "text", "none", "Accepted; there is one server."),
    Option("splunk_server_group", "text", "none", "Accepted, as `splunk_server`."),
    Option("chunk_size", "integer", "1000", "Accepted; the engine chooses how to divide the work."),
)
_COLUMNS = ("_time", "_raw", "metric_name", "_value", "host", "source", "sourcetype", "index")


def generate(arguments: Arguments) -> Node:
    """`| mpreview index=<index> [filter="<clause>"] [target_per_timeseries=<N>] [earliest=] [latest=]`."""
    names = read_indexes(arguments, (METRICS_INDEX,))
    arguments.integer("chunk_size", 1000)
    terms = []
    if "filter" in arguments.given:
        word = arguments.given["filter"]
        found = exactly(ClauseParser(Scanner(word.text), offset=word.span).clause())
        terms += [found] if found is not None else []
    bounds = [f'{side}="{arguments.given[side].text}"' for side in ("earliest", "latest") if side in arguments.given]
    terms += [ClauseParser(Scanner(text), offset=arguments.span).clause() for text in bounds]
    points = scanned(arguments, chain("AND", terms) if terms else None, names)
    most = arguments.integer("target_per_timeseries", 5)
    rows: Node = replace(points, command="search")
    if most:
        rows = Dedup(rows, ("index", "metric_name", "series"), most, command="dedup")
    texts = Extend(rows, (("_raw", Field("_point")),), command="eval")
    return Project(texts, _COLUMNS, "table", command="mpreview", span=arguments.span)


def write(node: Node) -> str | None:
    """Nothing: its plan is written as `search`, `dedup`, `eval` and `table`."""
    del node
    return None


COMMAND = Command(
    name="mpreview",
    spellings={"spl": ("mpreview", "msearch")},
    synopsis='| mpreview [index=<index>] [filter="<condition>"] [target_per_timeseries=<N>] [earliest=<time>] [latest=<time>]',
    summary="Shows points of metrics one by one, newest first, each as JSON in `_raw`. Stands first.",
    generate=generate,
    print=write,
    options=OPTIONS,
    examples=(
        Example('| mpreview index=metrics filter="metric_name=cpu.* host=a*" target_per_timeseries=1', "The newest point of each series."),
        Example("| mpreview index=metrics target_per_timeseries=0", "Every point."),
    ),
)
