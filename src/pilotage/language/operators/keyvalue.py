"""`keyvalue`, `kv`: values of keys as in `key=value`."""

from __future__ import annotations

import re
from dataclasses import replace

from pilotage.language.plan.extracting import AutoParse
from pilotage.language.plan.nodes import Node
from pilotage.language.plan.parsing import KeyValue, Parsing, group_count, regex_of
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.names import Auto
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_expressions import unescaped
from pilotage.language.syntax.sumo_parsing import Taking, node_of, take_options
from pilotage.model.problem import fail

_GROUP = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)", re.DOTALL)


def parse(stage: Stage, rows: Node) -> Node:
    """`kv [infer] [keys] "a", "b" [as x, y]`, `kv regex "=(.*?) " "a"`."""
    taking = Taking()
    take_options(stage, taking)
    if stage.keyword("auto"):
        return _automatic(stage, rows, taking)
    pattern: str | None = None
    delimiter = ""
    stage.keyword("infer")
    if stage.keyword("regex"):
        pattern = stage.string("a pattern")
    take_options(stage, taking)
    if stage.keyword("keys"):
        stage.accept("=")
    keys = [unescaped(stage.string("a key in quotes"))]
    while stage.accept(","):
        keys.append(unescaped(stage.string("a key in quotes")))
    take_options(stage, taking)
    names = stage.new_names() if stage.keyword("as") else tuple(keys)
    take_options(stage, taking)
    if len(names) != len(keys):
        sentence = f"{len(keys)} key{'' if len(keys) == 1 else 's'} and {len(names)} name{'' if len(names) == 1 else 's'} are given"
        raise fail("parse-names", sentence, span=stage.span, hint="give a name to each key")
    ways: list[Parsing] = []
    if pattern is None:
        ways.append(KeyValue(tuple(zip(names, keys, strict=True)), delimiter))
    else:
        ways += [_way(stage, pattern, name, key) for name, key in zip(names, keys, strict=True)]
    return node_of(stage, rows, ways, taking, "keyvalue")


def _automatic(stage: Stage, rows: Node, taking: Taking) -> Node:
    """`auto [delim=":"] [field=f]`: keys are found when a later stage uses them."""
    joint = "="
    while not stage.done():
        take_options(stage, taking)
        if stage.keyword("delim", "delimiter"):
            stage.accept("=")
            joint = stage.character("a text in quotes")
        elif stage.keyword("keys"):
            raise stage.refuse("keys beside `auto`", "name them without `auto`")
        elif not stage.done():
            raise stage.unexpected('`delim=":"` or `field=name`')
    source = taking.source or "_raw"
    stage.names.autos.append(Auto(source))
    marker = (f"\0{len(stage.names.autos) - 1}",)
    return AutoParse(rows, source, marker, pairs=joint or "=", command="keyvalue", span=stage.span)


def _way(stage: Stage, pattern: str, name: str, key: str) -> Parsing:
    """One group: the value behind the key; two: the key and the value."""
    count = group_count(pattern)
    if count == 1:
        found = regex_of(rf"(?:^|[^\w]){re.escape(key)}{pattern}")
    elif count == 2:
        first = next(each for each in _GROUP.finditer(pattern) if each.group() == "(")
        closing = _closing(pattern, first.start())
        found = regex_of(f"{pattern[: first.start()]}(?:{re.escape(key)}){pattern[closing + 1 :]}")
    else:
        raise fail("no-groups", f"the pattern has {count} groups, not one for the value or two for key and value", span=stage.span)
    return replace(found, groups=((name, 1),))


def _closing(pattern: str, start: int) -> int:
    level, position = 0, start
    while position < len(pattern):
        letter = pattern[position]
        if letter == "\\":
            position += 1
        level += {"(": 1, ")": -1}.get(letter, 0)
        if level == 0:
            return position
        position += 1
    return len(pattern) - 1


OPERATOR = Operator(
    spellings=("keyvalue", "kv"),
    synopsis='keyvalue [field=<field>] [infer|regex "<regex>"] [keys] "<key>", … [as <name>, …] [nodrop]'
    " | keyvalue auto [delim='<text>']",
    summary="Takes the values of keys such as `user=bo` or `user: bo` out of a text.",
    parse=parse,
    examples=(
        Example('* | keyvalue "user", "status" nodrop', "The value that follows each key."),
        Example('* | kv regex "=(.*?)(?:\\s|$)" "src", "dst" as source, target', "A pattern of its own for the values."),
        Example("* | keyvalue auto | where status >= 500 | count by user", "Keys are found when they are used."),
    ),
    notes=('`keyvalue auto` finds keys when they are used: `keyvalue auto delim=":"`.',),
)
