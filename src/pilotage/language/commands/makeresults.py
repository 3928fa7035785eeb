"""`makeresults`: rows out of nothing."""

from __future__ import annotations

import csv
import io
import json

from pilotage.language.plan.nodes import Node, Rows
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import quote
from pilotage.model.time import NANOSECONDS

OPTIONS = (
    Option("count", "integer", "1", "How many rows, at most 50,000."),
    Option("format", "csv or json", "none", "How `data` is written."),
    Option("data", "text", "none", "Rows in quotes: CSV under a line of names, or JSON objects (one, or an array of them)."),
    Option("annotate", "boolean", "f", "Whether to add the empty fields of an event."),
)
Cell = str | float | int | bool | None
_MOST = 50_000
_ANNOTATIONS = ("_raw", "host", "source", "sourcetype", "splunk_server", "splunk_server_group")


def generate(arguments: Arguments) -> Node:
    """`makeresults [count=N] [annotate=<bool>]`."""
    arguments.finish()
    if "format" in arguments.given or "data" in arguments.given:
        return _given(arguments)
    count = arguments.integer("count", 1)
    if count > _MOST:
        raise arguments.bad("count", f"the most is {_MOST}")
    extra = _ANNOTATIONS if arguments.boolean("annotate", default=False) else ()
    row = (arguments.context.now // NANOSECONDS, *(None for _ in extra))
    return Rows(("_time", *extra), (row,) * count, command="makeresults", span=arguments.span)


def _given(arguments: Arguments) -> Node:
    """The rows that `format=` and `data=` spell."""
    for name, other in (("format", "data"), ("data", "format")):
        if name not in arguments.given:
            raise arguments.refuse(other, f"`{other}` without `{name}`", f"add `{name}=`")
    for name in ("count", "annotate"):
        if name in arguments.given:
            raise arguments.refuse(name, f"`{name}` beside `data`")
    form = arguments.given["format"].text.lower()
    if form not in ("csv", "json"):
        raise arguments.bad("format", "write `csv` or `json`")
    text = arguments.given["data"].text
    records = _csv(arguments, text) if form == "csv" else _json(arguments, text)
    if len(records) > _MOST:
        raise arguments.bad("data", f"the most is {_MOST} rows")
    names = tuple(dict.fromkeys(name for record in records for name in record))
    rows = tuple(tuple(record.get(name) for name in names) for record in records)
    return Rows(names, rows, command="makeresults", span=arguments.span)


def _csv(arguments: Arguments, text: str) -> list[dict[str, Cell]]:
    lines = [line for line in csv.reader(io.StringIO(text.replace("\\n", "\n").strip()), skipinitialspace=True) if line]
    if not lines or not all(lines[0]) or len(set(lines[0])) < len(lines[0]):
        raise arguments.refuse("data", "CSV without a first line of different names", 'write `data="name,age\nAnn,3"`')
    return [dict(zip(lines[0], (cell or None for cell in line), strict=False)) for line in lines[1:]]


def _json(arguments: Arguments, text: str) -> list[dict[str, Cell]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise arguments.refuse("data", "what is no JSON", 'write `data="[{\\"a\\":1}]"`') from error
    records = found if isinstance(found, list) else [found]
    if not records or not all(isinstance(record, dict) for record in records):
        raise arguments.refuse("data", "JSON that is no object or array of objects")
    return [{str(name): _cell(value) for name, value in record.items()} for record in records]


def _cell(value: object) -> Cell:
    return value if isinstance(value, Cell) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def write(node: Node) -> str | None:
    """`Rows` of literal values."""
    if isinstance(node, Rows) and node.columns and "_time" not in node.columns:
        records = [{n: v for n, v in zip(node.columns, row, strict=True) if v is not None} for row in node.values]
        return f"makeresults format=json data={quote(json.dumps(records, separators=(',', ':'), ensure_ascii=False))}"
    if not isinstance(node, Rows) or node.columns not in (("_time",), ("_time", *_ANNOTATIONS)) or len(set(node.values)) > 1:
        return None
    parts = ["makeresults", *([f"count={len(node.values)}"] if len(node.values) != 1 else [])]
    return " ".join([*parts, "annotate=t"] if len(node.columns) > 1 else parts)


COMMAND = Command(
    name="makeresults",
    spellings={"spl": ("makeresults",)},
    synopsis='| makeresults [count=<N>] [annotate=<bool>] | makeresults format=<csv|json> data="<rows>"',
    summary="Makes rows that hold only `_time`, the start of the search, or the rows it is given. Stands first.",
    generate=generate,
    print=write,
    options=OPTIONS,
    examples=(
        Example("| makeresults | eval x=1+1", "One row to try an expression on."),
        Example("| makeresults count=3", "Three rows."),
        Example('| makeresults format=json data="[{\\"host\\":\\"a\\",\\"n\\":1},{\\"host\\":\\"b\\"}]"', "Two rows of one's own."),
    ),
    notes=("Rows given as `data` have no `_time` but their own.",),
)
