"""`transactionize`: messages that share a value of any of some fields become a group."""

from __future__ import annotations

import json
import re

from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal
from pilotage.language.plan.nodes import Extend, Node, Project, Transform
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_expressions import like_of, unescaped
from pilotage.model.problem import Span, fail
from pilotage.model.time import SECONDS, read_span

_LENGTH = re.compile(r"\d+\s*[A-Za-z]+")
_WHEN, _STARTS, _ENDS = "__when", "__starts", "__ends"
_FACTS = ("_group", "_group_size", "_group_duration", "_group_orphaned")
_OPTIONS = ("maxspan", "maxpause", "maxlogs", "startswith", "endswith", "keeporphans")
_WAYS = ("takefirst", "takelast", "takedistinct", "join")


def parse(stage: Stage, rows: Node) -> Node:
    """`transactionize a, b [maxSpan=5m] [maxPause=1m] [maxLogs=n] [startsWith="…"] [endsWith="…"] [keepOrphans] [(merge …)]`."""
    fields = stage.fields()
    merged: list[tuple[str, str, str]] = []
    given: dict[str, float] = {}
    tests: list[tuple[str, Expression]] = []
    while not stage.done():
        stage.accept(",")
        if option := stage.keyword(*_OPTIONS):
            _option(stage, option, given, tests)
        elif stage.accept("("):
            merged = _merges(stage)
        else:
            raise stage.unexpected("an option such as `maxSpan=5m`, or `(merge …)`")
    made = Extend(rows, ((_WHEN, _when(stage)), *tests), command="transactionize", span=stage.span)
    tested = [name for name, _ in tests]
    options = (
        ("fields", "\n".join(fields)),
        ("time", _WHEN),
        ("span", given.get("maxspan", 0)),
        ("pause", given.get("maxpause", 0)),
        ("logs", given.get("maxlogs", 0)),
        ("starts", _STARTS if _STARTS in tested else ""),
        ("ends", _ENDS if _ENDS in tested else ""),
        ("orphans", "keeporphans" in given),
        ("merge", json.dumps(merged)),
    )
    looked = tuple(dict.fromkeys((*fields, *(name for name, _, _ in merged), _WHEN, *tested)))
    node = Transform(made, "transactionize", options, looked, keeps=not merged, command="transactionize", span=stage.span)
    if merged:
        stage.names.close(*(name for name, _, _ in merged), *_FACTS)
        return node
    stage.names.define(*_FACTS)
    return Project(node, (_WHEN, *tested), "drop", command="transactionize", span=stage.span)


def _when(stage: Stage) -> Expression:
    """The time of a row in milliseconds; 0 where rows have none."""
    if stage.names.has("_messagetime"):
        return Call("tonumber", (Field(stage.names.use("_messagetime")),))
    return Literal(0) if stage.names.closed else Call("sumo.millis", (Field("_time"),))


def _option(stage: Stage, option: str, given: dict[str, float], tests: list[tuple[str, Expression]]) -> None:
    stage.accept("=")
    match option:
        case "maxspan" | "maxpause":
            given[option] = _length(stage)
        case "maxlogs":
            count = stage.integer()
            if not count:
                raise stage.unexpected("a number of messages")
            given[option] = count
        case "keeporphans":
            if stage.keyword("true", "false") != "false":
                given[option] = 1
        case _:
            text = like_of(unescaped(stage.string("a text in quotes")))
            holds = Binary("LIKE", Field(stage.names.use("_raw")), Literal(f"%{text}%"))
            tests.append((_STARTS if option == "startswith" else _ENDS, Call("if", (holds, Literal(1), Literal(0)))))


def _length(stage: Stage) -> int:
    """Milliseconds."""
    stage.space()
    found = stage.take(_LENGTH)
    if found is None:
        raise stage.unexpected("a length of time such as `5m`")
    length = read_span(found[0].replace(" ", ""), Span(*found.span()))
    if length.unit not in SECONDS:
        raise stage.refuse("lengths of months and years", "write days, as in `30d`")
    return round(length.seconds * 1000)


def _merges(stage: Stage) -> list[tuple[str, str, str]]:
    """`merge a takeFirst, b, c join with "…")`: fields without a way take that of the next one that has one."""
    if not stage.keyword("merge"):
        raise stage.unexpected("`merge` and fields")
    found: list[tuple[str, str, str]] = []
    waiting: list[str] = []
    while True:
        waiting.append(stage.field())
        way = stage.keyword(*_WAYS)
        mark = ", "
        if way == "join":
            if not stage.keyword("with"):
                raise stage.unexpected('`with` and a text, as in `join with ", "`')
            mark = unescaped(stage.string("a text in quotes"))
        if way:
            found += [(name, way, mark) for name in waiting]
            waiting = []
        if not stage.accept(","):
            break
    stage.expect(")", "closing `(merge`")
    found += [(name, "takedistinct", ", ") for name in waiting]
    if len({name for name, _, _ in found}) < len(found):
        raise fail("name-twice", "a field is merged twice", span=stage.span)
    return found


OPERATOR = Operator(
    spellings=("transactionize",),
    synopsis='transactionize <field>, … [maxSpan=<length>] [maxPause=<length>] [maxLogs=<number>] [startsWith="<text>"] '
    '[endsWith="<text>"] [keepOrphans=true] [(merge <field> takeFirst|takeLast|takeDistinct|join with "<text>", …)]',
    summary="Groups messages that share a value of any of the fields, also by way of other messages; `merge` makes a row of each group.",
    parse=parse,
    examples=(
        Example("* | transactionize session, user maxPause=30m", "Messages of a session or of its user, and which group they are in."),
        Example(
            '* | transactionize order (merge order takeFirst, state join with " > ")', "The states that each order went through, in turn."
        ),
    ),
    notes=(
        "Adds `_group`, `_group_size`, `_group_duration` in milliseconds and `_group_orphaned`.",
        "Orphans have none of the fields, or lack the start or end that is asked for; they are left out unless `keepOrphans` is given.",
        "Merged values come oldest first; a field without a way takes that of the next one that has one, or its distinct values.",
        "The first 200,000 rows are grouped; a message says when there are more.",
    ),
)
