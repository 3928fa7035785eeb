"""`sessionize`: messages that follow each other and repeat values, as one row."""

from __future__ import annotations

import json
import re

from pilotage.language.plan.expressions import Call, Field
from pilotage.language.plan.nodes import Extend, Node, Transform
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_expressions import unescaped
from pilotage.model.problem import Span, fail

_PIECE = re.compile(r"\\\*|\*|\$(?P<name>[A-Za-z_]\w*)|(?P<either>\(\?:[\w |-]+\))")
_TEXT, _WHEN = "__text", "__when"


def parse(stage: Stage, rows: Node) -> Node:
    """`sessionize "start id=* q=*" as (id, q), "done id=$id in * ms" as (ms)`."""
    if stage.names.closed:
        raise stage.refuse("rows after an aggregate", "put it behind the stages that look at messages")
    source = stage.source() or stage.names.use("_raw")
    links: list[tuple[str, list[tuple[str, str]], list[tuple[str, str]]]] = []
    known: list[str] = []
    while not links or stage.accept(","):
        stage.space()
        start = stage.position
        pattern = unescaped(stage.string('a pattern such as `"start id=*"`'))
        span = Span(start, stage.position)
        names = stage.new_names() if stage.keyword("as") else ()
        links.append(_link(pattern, names, known, span))
        known += [name for name in names if name not in known]
    stage.finish()
    stage.names.close(*known)
    made = ((_TEXT, Field(source)), (_WHEN, Call("sumo.millis", (Field("_time"),))))
    below = Extend(rows, made, command="sessionize", span=stage.span)
    options = (("source", _TEXT), ("time", _WHEN), ("links", json.dumps(links)))
    return Transform(below, "sessionize", options, (_TEXT, _WHEN), keeps=False, command="sessionize", span=stage.span)


def _link(pattern: str, names: tuple[str, ...], known: list[str], span: Span) -> tuple[str, list[tuple[str, str]], list[tuple[str, str]]]:
    """A pattern as a regular expression, its groups with names, and those that must equal a value of before."""
    parts: list[str] = []
    repeats: list[tuple[str, str]] = []
    count = end = 0
    for found in _PIECE.finditer(pattern):
        parts.append(re.escape(pattern[end : found.start()]))
        end = found.end()
        if found["either"]:
            parts.append(found["either"])
        elif found["name"] in known:
            # At the end of a pattern a value ends with its word.
            value = ".*?" if end < len(pattern) else r"[^\s,;]+"
            parts.append(f"(?P<r{len(repeats)}>{value})")
            repeats.append((f"r{len(repeats)}", found["name"]))
        elif found["name"]:
            hint = f"known so far: {', '.join(known)}" if known else "name it with `as` in an earlier pattern"
            raise fail("unknown-field", f"no earlier pattern makes `{found['name']}`", span=span, hint=hint)
        elif found[0] == "*":
            parts.append(f"(?P<g{count}>{'.*?' if end < len(pattern) else '.*'})")
            count += 1
        else:
            parts.append(r"\*")
    parts.append(re.escape(pattern[end:]))
    if count != len(names):
        sentence = f"the pattern has {count} `*` and {len(names)} name{'' if len(names) == 1 else 's'} follow"
        raise fail("parse-names", sentence, span=span, hint="give a name to each `*`; write `\\*` for a star")
    # Without any group the engine of regular expressions has nothing to hand over.
    return "(?s)(?P<all>)" + "".join(parts), [(f"g{place}", name) for place, name in enumerate(names)], repeats


OPERATOR = Operator(
    spellings=("sessionize",),
    synopsis='sessionize "<pattern>" as (<name>, …), "<pattern with $name>" as (<name>, …), …',
    summary="Makes a row of messages that follow each other: `$name` in a later pattern stands for the value of an earlier one.",
    parse=parse,
    examples=(
        Example('* | sessionize "start id=* q=*" as (id, q), "done id=$id in * ms" as (ms)', "Each query with the time it took."),
        Example(
            '* | sessionize "login *" as (user), "open * by $user" as (page), "logout $user" | count by page', "Pages within a session."
        ),
    ),
    notes=(
        "Chains that do not reach the last pattern make no row; a message goes on with the chain that has waited longest.",
        "A `$name` at the end of a pattern stands for a word. `(?:a|b)` means either text.",
        "The first 200,000 messages that fit a pattern count; a message says when there are more.",
    ),
)
