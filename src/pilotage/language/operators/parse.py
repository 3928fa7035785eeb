"""`parse`: fields between the texts that surround them."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.parsing import Anchor, Parsing, regex_of
from pilotage.language.plan.patterns import pieces
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_parsing import Taking, node_of, take_options
from pilotage.model.problem import Span, fail

_ESCAPE = re.compile(r'\\(["ntr])')
_ESCAPES = {'"': '"', "n": "\n", "t": "\t", "r": "\r"}


def parse(stage: Stage, rows: Node) -> Node:
    """`parse [field=f] "a=*,b=*" as a, b [nodrop]`, also several between commas; `parse regex …`."""
    taking = Taking()
    take_options(stage, taking)
    if stage.keyword("regex"):
        return read_regex(stage, rows, taking)
    if stage.keyword("anchor"):
        take_options(stage, taking)
    ways: list[Parsing] = []
    while True:
        ways.append(_anchor(stage, taking))
        take_options(stage, taking)
        if not stage.accept(","):
            break
        take_options(stage, taking)
    return node_of(stage, rows, ways, taking, "parse")


def _anchor(stage: Stage, taking: Taking) -> Anchor:
    stage.space()
    start = stage.position
    text = _ESCAPE.sub(lambda found: _ESCAPES[found[1]], stage.string('a pattern such as `"user=*:"`'))
    span = stage.since(start)
    take_options(stage, taking)
    if not stage.keyword("as"):
        raise stage.unexpected("`as` and a name for each `*`")
    opened = stage.accept("(")
    names = [stage.new_name()]
    while not _another(stage) and stage.accept(","):
        names.append(stage.new_name())
    if opened:
        stage.expect(")", "closing the names")
    count = len(pieces(text)) - 1
    if count != len(names):
        sentence = f"the pattern has {count} `*` and {len(names)} name{'' if len(names) == 1 else 's'} follow"
        raise fail("parse-names", sentence, span=span, hint="give a name to each `*`; write `\\*` for a star")
    return Anchor(text, tuple(names))


def _another(stage: Stage) -> bool:
    """Whether a comma and the next pattern stand here."""
    stage.space()
    return stage.see(re.compile(r',\s*(?:field\s*=\s*\S+\s*)?"', re.IGNORECASE)) is not None


def read_regex(stage: Stage, rows: Node, taking: Taking) -> Node:
    """What follows `parse regex` or `extract`."""
    ways: list[Parsing] = []
    while True:
        take_options(stage, taking)
        stage.space()
        start = stage.position
        written = stage.string('a pattern such as `"(?<user>\\w+)"`')
        span = Span(start, stage.position)
        way = regex_of(_no_newline(written))
        if not way.groups:
            raise fail("no-groups", "the pattern has no named group such as `(?<name>…)`", span=span)
        ways.append(way)
        take_options(stage, taking)
        if not stage.accept(","):
            break
        stage.keyword("regex")
    return node_of(stage, rows, ways, taking, "parse regex")


def _no_newline(written: str) -> str:
    """The pattern in the spelling of the engine, where `.` means any letter unless told otherwise."""
    plain = written.replace("\\h", "[ \\t]").replace("\\Z", "\\z")
    return f"(?-s){plain}" if "." in plain else plain


OPERATOR = Operator(
    spellings=("parse",),
    synopsis='parse [field=<field>] "<pattern with *>" as <name>, … [nodrop] | parse regex [field=<field>] "<regex>" [multi] [nodrop]',
    summary="Takes fields out of a text; messages that do not match are left out unless `nodrop` is given.",
    parse=parse,
    examples=(
        Example('* | parse "user=* " as user nodrop', "What stands between `user=` and the next blank."),
        Example('* | parse "GET * took *ms" as url, ms', "Two fields; a message without both is left out."),
        Example('* | parse regex "(?<code>\\d{3}) (?<size>\\d+)"', "Named groups of a regular expression."),
        Example('* | parse regex "item=(?<item>\\w+)" multi', "A row for every match."),
    ),
    notes=("With `nodrop` a message that does not match keeps what its fields were.",),
)
