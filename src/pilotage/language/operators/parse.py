"""`parse`: fields between the texts that surround them."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.plan.parsing import Anchor, Parsing, regex_of
from pilotage.language.plan.patterns import pieces
from pilotage.language.plan.regexes import check_balance
from pilotage.language.plan.xml_paths import xml_steps
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_expressions import unescaped
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
    if stage.keyword("xml"):
        return read_xml(stage, rows, taking)
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
        check_balance(written, span)
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


def read_xml(stage: Stage, rows: Node, taking: Taking) -> Node:
    """What follows `parse xml`: paths, each with a name or all of them before `as`."""
    wanted: list[tuple[str, str]] = []
    unnamed: list[str] = []
    while True:
        take_options(stage, taking)
        stage.space()
        start = stage.position
        path = unescaped(stage.string('a path such as `"/order/@id"`'))
        if xml_steps(path) is None:
            hint = 'write it as `"/order/item[2]/@id"`'
            raise fail("xml-path", f"`{path}` is no path into XML", span=Span(start, stage.position), hint=hint)
        unnamed.append(path)
        take_options(stage, taking)
        if stage.keyword("as"):
            names = [stage.new_name()]
            while len(names) < len(unnamed) and stage.accept(","):
                names.append(stage.new_name())
            if len(names) != len(unnamed):
                raise fail("parse-names", f"{len(unnamed)} paths have {len(names)} names", span=stage.span, hint="give a name to each path")
            wanted += zip(names, unnamed, strict=True)
            unnamed = []
        take_options(stage, taking)
        if not stage.accept(","):
            break
    if taking.multi:
        raise stage.refuse("`multi` with `xml`", "name a place in the path, as in `/a/b[2]`")
    stage.finish()
    wanted += [(path.rstrip("/").rpartition("/")[2].lstrip("@") or path, path) for path in unnamed]
    source = taking.source if taking.source is not None else stage.names.use("_raw")
    for name, _ in wanted:
        stage.names.define(name)
    return _xml(stage, rows, source, [f"{name}\t{path}\t{int(taking.drop)}" for name, path in wanted])


def _xml(stage: Stage, rows: Node, source: str, lines: list[str]) -> Node:
    """The step that reads the texts; neighbours that read the same text are one."""
    if isinstance(rows, Transform) and rows.name == "xml":
        given = dict(rows.options)
        before = str(given["wanted"]).split("\n")
        if given["source"] == source and source not in {line.split("\t")[0] for line in before}:
            rows, lines = rows.input, [*before, *lines]
    names = tuple(dict.fromkeys(line.split("\t")[0] for line in lines))
    options = (("source", source), ("wanted", "\n".join(lines)))
    return Transform(rows, "xml", options, (source, *names), command="parse xml", span=stage.span)


OPERATOR = Operator(
    spellings=("parse",),
    synopsis='parse [field=<field>] "<pattern with *>" as <name>, … [nodrop] | parse regex [field=<field>] "<regex>" [multi] [nodrop]'
    ' | parse xml [field=<field>] "<path>" as <name>, … [nodrop]',
    summary="Takes fields out of a text; messages that do not match are left out unless `nodrop` is given.",
    parse=parse,
    examples=(
        Example('* | parse "user=* " as user nodrop', "What stands between `user=` and the next blank."),
        Example('* | parse "GET * took *ms" as url, ms', "Two fields; a message without both is left out."),
        Example('* | parse regex "(?<code>\\d{3}) (?<size>\\d+)"', "Named groups of a regular expression."),
        Example('* | parse regex "item=(?<item>\\w+)" multi', "A row for every match."),
        Example('* | parse xml "/order/@id", "/order/item[2]/name" as order, second nodrop', "An attribute and the text of an element."),
    ),
    notes=(
        "With `nodrop` a message that does not match keeps what its fields were.",
        "Paths of `parse xml` take names without their namespace, `*`, `//`, places and conditions such as `[@type='x']`.",
        "An element with others inside comes as XML. Texts with a DOCTYPE are not read, nor more than 100,000 different texts.",
    ),
)
