"""`json`: fields out of JSON by path, or by their keys when they are used."""

from __future__ import annotations

import re

from pilotage.language.plan.extracting import AutoParse
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.names import Auto
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_expressions import unescaped
from pilotage.language.syntax.sumo_parsing import Taking, json_ways, node_of, take_options
from pilotage.model.problem import fail

_LAST = re.compile(r"[^.\[\]'\"]+")


def parse(stage: Stage, rows: Node) -> Node:
    """`json [field=f] "a.b", "c[0]" [as x, y] [nodrop]`, `json auto …`."""
    taking = Taking()
    take_options(stage, taking)
    automatic = stage.keyword("auto") is not None
    if automatic:
        _take_auto_options(stage, taking)
        taking.drop = False
    stage.keyword("keys")
    stage.space()
    if stage.peek() != '"':
        if not automatic:
            raise stage.unexpected('a key such as `"a.b"`')
        return _automatic(stage, rows, taking)
    paths = [unescaped(stage.string("a key"))]
    while stage.accept(","):
        paths.append(unescaped(stage.string("a key in quotes")))
    take_options(stage, taking)
    stage.keyword("refonly")
    names = stage.new_names() if stage.keyword("as") else tuple(paths)
    take_options(stage, taking)
    if automatic:
        _take_auto_options(stage, taking)
    if len(names) != len(paths):
        sentence = f"{len(paths)} key{'' if len(paths) == 1 else 's'} and {len(names)} name{'' if len(names) == 1 else 's'} are given"
        raise fail("parse-names", sentence, span=stage.span, hint="give a name to each key")
    return node_of(stage, rows, json_ways(stage, paths, names), taking, "json")


def _take_auto_options(stage: Stage, taking: Taking) -> None:
    """`maxdepth n`, `extractarrays`, `refonly`: fields are looked for at any depth when they are used."""
    while True:
        take_options(stage, taking)
        if stage.keyword("maxdepth"):
            stage.accept("=")
            if stage.integer() is None:
                raise stage.unexpected("a number of levels")
        elif not stage.keyword("extractarrays", "refonly", "removeempty"):
            return


def _automatic(stage: Stage, rows: Node, taking: Taking) -> Node:
    stage.finish()
    if taking.source is None or taking.source == "_raw":
        return rows
    # Filled in with the names that the stages below use.
    stage.names.autos.append(Auto(taking.source))
    return AutoParse(rows, taking.source, (f"\0{len(stage.names.autos) - 1}",), command="json auto", span=stage.span)


OPERATOR = Operator(
    spellings=("json",),
    synopsis='json [field=<field>] "<path>", … [as <name>, …] [nodrop] | json auto [field=<field>]',
    summary="Takes fields out of JSON; messages without one of them are left out unless `nodrop` is given.",
    parse=parse,
    examples=(
        Example('* | json "user.id", "items[0].name" as user, item nodrop', "Two paths, each with a name."),
        Example('* | json field=payload "status"', "JSON inside another field; what follows it does not disturb."),
        Example('* | json "items[*].price" as prices', "All prices as the text of an array."),
        Example('* | json auto | where level matches "E*" | count by service', "Keys are found when they are used."),
    ),
    notes=(
        "Keys of a JSON message are fields without this operator; `json auto` is needed for JSON in another field.",
        "`json auto` finds a key at any depth; `maxdepth` and `extractarrays` are accepted and change nothing.",
    ),
)
