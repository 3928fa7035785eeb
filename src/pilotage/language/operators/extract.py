"""`extract`: `parse regex` by its other name."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.parsing import Regex, regex_of
from pilotage.language.plan.regexes import check_balance
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_parsing import Taking, node_of, take_options
from pilotage.model.problem import Span, fail


def parse(stage: Stage, rows: Node) -> Node:
    """`extract [field=f] "regex" [multi] [nodrop]`."""
    taking = Taking()
    take_options(stage, taking)
    stage.space()
    start = stage.position
    written = stage.string('a pattern such as `"(?<user>\\w+)"`')
    check_balance(written, Span(start, stage.position))
    way: Regex = regex_of(f"(?-s){written}")
    if not way.groups:
        raise fail("no-groups", "the pattern has no named group such as `(?<name>…)`", span=stage.span)
    take_options(stage, taking)
    return node_of(stage, rows, (way,), taking, "parse regex")


OPERATOR = Operator(
    spellings=("extract",),
    synopsis='extract [field=<field>] "<regex>" [multi] [nodrop]',
    summary="Takes the named groups of a regular expression out of a text, as `parse regex`.",
    parse=parse,
    examples=(Example('* | extract "status=(?<status>\\d+)" nodrop', "A number after `status=`."),),
)
