"""`join`: rows of two pipes over the same messages side by side, where keys are equal."""

from __future__ import annotations

import re

from pilotage.language.plan.branches import Join
from pilotage.language.plan.cells import Remark
from pilotage.language.plan.expressions import Binary, Call, Field, Literal
from pilotage.language.plan.nodes import Extend, Filter, Node, Project
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.names import Names
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.model.problem import Span, fail
from pilotage.model.time import SECONDS, read_span

_WINDOW = re.compile(r"timewindow\s+(\d+\s*[A-Za-z]+)", re.IGNORECASE)
_TIME = "_messagetime"


def parse(stage: Stage, rows: Node) -> Node:
    """`join (…) as t1, (…) as t2 on t1.a = t2.b [and …] [timewindow 10m]`."""
    tables: dict[str, tuple[Node, dict[str, str]]] = {}
    while not tables or stage.accept(","):
        names = stage.names.copy()
        made = stage.branch(rows, names)
        if not names.closed and not names.has(_TIME):
            made = Extend(made, ((_TIME, Call("sumo.millis", (Field("_time"),))),), command="join", span=stage.span)
            names.define(_TIME)
        if not stage.keyword("as"):
            raise stage.unexpected("`as` and a name for the table")
        alias = stage.new_name("a name for the table")
        if alias in tables:
            raise fail("name-twice", f"two tables are called `{alias}`", span=stage.span)
        tables[alias] = _prefixed(stage, made, names, alias)
    if len(tables) < 2:
        raise stage.unexpected("`,` and a second table")
    if not stage.keyword("on"):
        raise stage.unexpected("`on` and keys, as in `on t1.a = t2.b`")
    pairs = _pairs(stage, tables)
    window = _window(stage)
    stage.finish()
    node = _joined(stage, tables, pairs)
    if window is not None:
        node = _within(stage, node, tables, window)
    stage.names.close(*(column for _, columns in tables.values() for column in columns.values()))
    return node


def _window(stage: Stage) -> int | None:
    """Milliseconds between the messages of a row, at most."""
    stage.space()
    found = stage.take(_WINDOW)
    if found is None:
        return None
    length = read_span(re.sub(r"\s", "", found[1]), Span(*found.span(1)))
    if length.unit not in SECONDS:
        raise stage.refuse("lengths of months and years", "write days, as in `30d`")
    return round(length.seconds * 1000)


def _within(stage: Stage, node: Node, tables: dict[str, tuple[Node, dict[str, str]]], window: int) -> Node:
    """Rows whose messages lie within a window of time."""
    times = [columns.get(_TIME) for _, columns in tables.values()]
    if None in times:
        sentence = "`timewindow` is left out: rows that were aggregated have no time of their own"
        return Remark(node, sentence, command="join", span=stage.span)
    numbers = tuple(Call("tonumber", (Field(name),)) for name in times if name is not None)
    apart = Binary("-", Call("max", numbers), Call("min", numbers))
    return Filter(node, Binary("<=", apart, Literal(window)), command="join", span=stage.span)


def _prefixed(stage: Stage, made: Node, names: Names, alias: str) -> tuple[Node, dict[str, str]]:
    """A table whose columns begin with its name, and its columns by their own."""
    if names.dynamic:
        raise stage.refuse("rows after `transpose`")
    columns = {name: f"{alias}_{name}" for name in names.known()}
    if not columns:
        raise stage.refuse("a table without fields of its own", "parse or aggregate inside the parentheses")
    moved = Extend(made, tuple((new, Field(name)) for name, new in columns.items()), command="join", span=stage.span)
    return Project(moved, tuple(columns.values()), "table", command="join", span=stage.span), columns


def _pairs(stage: Stage, tables: dict[str, tuple[Node, dict[str, str]]]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Equal columns as ((table, column), (table, column))."""
    found: list[tuple[tuple[str, str], tuple[str, str]]] = []
    while True:
        opened = stage.accept("(")
        left = _column(stage, tables)
        stage.expect("=", "between the keys")
        found.append((left, _column(stage, tables)))
        if opened:
            stage.expect(")", "closing the parenthesis")
        if not stage.keyword("and") and not stage.accept(","):
            return found


def _column(stage: Stage, tables: dict[str, tuple[Node, dict[str, str]]]) -> tuple[str, str]:
    stage.space()
    start = stage.position
    written = stage.new_name("a key such as `t1.a`")
    table, _, name = written.partition(".")
    if not name and stage.accept("."):
        name = stage.new_name("a column")
    columns = tables[table][1] if table in tables else {}
    known = next((own for own in columns if own == name), None) or next((own for own in columns if own.lower() == name.lower()), None)
    if known is None:
        hint = f"the tables are {', '.join(f'`{each}`' for each in tables)}"
        raise fail("join-key", f"`{written}` is no column of a table here", span=stage.since(start), hint=hint)
    return table, columns[known]


def _joined(stage: Stage, tables: dict[str, tuple[Node, dict[str, str]]], pairs: list[tuple[tuple[str, str], tuple[str, str]]]) -> Node:
    (first, (node, _)), *others = tables.items()
    seen = {first}
    for alias, (other, _) in others:
        keys = [
            (a[1], b[1]) if b[0] == alias else (b[1], a[1])
            for a, b in pairs
            if {a[0], b[0]} <= seen | {alias} and alias in (a[0], b[0]) and a[0] != b[0]
        ]
        if not keys:
            raise stage.refuse(f"the table `{alias}` without a key", "compare one of its columns with one of an earlier table")
        node = Join(node, other, tuple(keys), most=0, command="join", span=stage.span)
        node = Extend(node, tuple((right, Field(left)) for left, right in keys), command="join", span=stage.span)
        seen.add(alias)
    return node


OPERATOR = Operator(
    spellings=("join",),
    synopsis="join (<stages>) as <table>, (<stages>) as <table> on <table>.<column> = <table>.<column> [and …] [timewindow <length>]",
    summary="Rows of two pipes over the same messages side by side where the keys are equal; columns are called `table_column`.",
    parse=parse,
    examples=(
        Example(
            '* | join (parse "start *" as id | count by id) as s, (parse "end *" as id | count by id) as e on s.id = e.id',
            "What has begun and ended.",
        ),
    ),
    notes=(
        "Keys are compared as texts.",
        "Every pair of rows with equal keys is a row; rows without a partner are left out.",
        "`timewindow` keeps rows whose messages lie that close together; messages bring `table__messagetime` along.",
        "Of rows that were aggregated it is left out, unless they keep `_messagetime`; a message says so.",
    ),
)
