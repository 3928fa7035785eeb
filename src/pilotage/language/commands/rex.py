"""`rex`: fields out of text by the named groups of a regular expression, or text replaced by a sed script."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Extract, Node
from pilotage.language.plan.regexes import check_balance
from pilotage.language.syntax.arguments import Arguments, Option, option_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import quote, unescape
from pilotage.model.problem import Span, fail

OPTIONS = (
    Option("field", "field", "_raw", "The field to read."),
    Option("max_match", "integer", "1", "How many matches to keep as multivalues; 0 = all."),
    Option("offset_field", "field", "none", "A field for the positions of the groups: `name=begin-end&…`."),
    Option("mode", "sed", "none", "`sed`: replace text in the field."),
)

_GROUP = re.compile(r"\(\?(?:P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*')")
_SED = re.compile(r"s(?P<d>[^\w\s\\])(?:\\.|(?!(?P=d)).)*(?P=d)(?:\\.|(?!(?P=d)).)*(?P=d)(?:[gi]|\d+)*", re.DOTALL)
_SED_LETTERS = re.compile(r"y(?P<d>[^\w\s\\])(?P<from>(?:\\.|(?!(?P=d)).)*)(?P=d)(?P<to>(?:\\.|(?!(?P=d)).)*)(?P=d)", re.DOTALL)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`rex [field=] [max_match=] [offset_field=] [mode=sed] "<pattern>"`."""
    arguments.take_options()
    arguments.space()
    start = arguments.position
    raw = arguments.double()
    if raw is None:
        pattern = arguments.text[start : arguments.end].rstrip()
        arguments.position = arguments.end
    else:
        pattern = unescape(raw)
    span = arguments.since(start)
    arguments.finish()
    if not pattern:
        raise arguments.unexpected("a regular expression in quotes")
    sed = _mode(arguments)
    if sed:
        _check_sed(pattern, span)
    else:
        check_balance(pattern, span)
    if not sed and not _GROUP.search(pattern):
        raise fail(
            "no-groups",
            "the pattern has no named group, so it extracts nothing",
            span=span,
            hint=r'name a group, as in `rex "id=(?<id>\d+)"`',
        )
    return Extract(
        rows,
        arguments.string("field", "_raw"),
        pattern,
        max_match=arguments.integer("max_match", 1),
        offset_field=arguments.string("offset_field", "") or None,
        sed=sed,
        command="rex",
        span=arguments.span,
    )


def _mode(arguments: Arguments) -> bool:
    if "mode" not in arguments.given:
        return False
    if arguments.string("mode", "").lower() != "sed":
        raise arguments.bad("mode", "the only mode is `sed`; leave it out to extract fields")
    for name in ("max_match", "offset_field"):
        if name in arguments.given:
            raise arguments.refuse(name, f"`{name}` together with `mode=sed`")
    return True


def _check_sed(script: str, span: Span) -> None:
    letters = _SED_LETTERS.fullmatch(script)
    if letters and len(re.findall(r"\\.|.", letters["from"])) != len(re.findall(r"\\.|.", letters["to"])):
        raise fail("sed", "both sides of `y` need the same number of letters", span=span)
    if not letters and not _SED.fullmatch(script):
        raise fail("sed", f"`{script}` is no sed script", span=span, hint='write `"s/regex/replacement/g"` or `"y/abc/xyz/"`')


def write(node: Node) -> str | None:
    """An `Extract`."""
    if not isinstance(node, Extract):
        return None
    parts = ["rex", option_text("field", node.source)]
    if node.max_match != 1:
        parts.append(option_text("max_match", node.max_match))
    if node.offset_field is not None:
        parts.append(option_text("offset_field", node.offset_field))
    return " ".join([*parts, *(["mode=sed"] if node.sed else []), quote(node.pattern)])


COMMAND = Command(
    name="rex",
    spellings={"spl": ("rex",)},
    synopsis='rex [field=<field>] [max_match=<N>] [offset_field=<field>] "<regex>" | rex [field=<field>] mode=sed "<script>"',
    summary="Makes a field of each named group, `(?<name>…)` or `(?P<name>…)`; a row without a match stays as it is.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example(r'index=main | rex "user=(?<user>\w+)"', "The first match in the text of the event."),
        Example(r'index=main | rex field=path max_match=0 "/(?<part>[^/]+)"', "All matches, as a multivalue field."),
        Example(r'index=main | rex field=card mode=sed "s/\d{12}(\d{4})/…\1/g"', "Text replaced in place."),
    ),
    notes=('A backslash stays a backslash inside the quotes; write `\\"` for a quote and `\\\\\\\\` to match one backslash.',),
)
