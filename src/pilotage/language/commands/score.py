"""`score`: how well predictions fit."""

from __future__ import annotations

import re

from pilotage.language.plan.learning import Score
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.learning import names_text, read_parts, settings_text

_ACTUAL, _PREDICTED = ("actual", "true"), ("predicted", "pred")
_LIST = re.compile(r"[^\s,]+")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`score <method> <actual field>… [against <predicted field>…] [option=value]…`."""
    parts = read_parts(arguments, "against", "~")
    words = parts.words[""]
    if not words:
        raise arguments.unexpected("a method, as in `score accuracy_score user against predicted_user`")
    predicted = [*parts.words.get("against", ()), *parts.words.get("~", ())]
    settings = dict(parts.options())
    actual = words[1:] + [name for key in _ACTUAL for name in _LIST.findall(settings.pop(key, ""))]
    predicted += [name for key in _PREDICTED for name in _LIST.findall(settings.pop(key, ""))]
    if not actual:
        raise arguments.unexpected("the field with what is true")
    options = tuple(sorted(settings.items()))
    return Score(rows, words[0], tuple(actual), tuple(predicted), options, command="score", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Score`."""
    if not isinstance(node, Score):
        return None
    against = [f"against {names_text(node.predicted)}"] if node.predicted else []
    return " ".join(["score", node.method, names_text(node.actual), *against, *settings_text(node.settings)])


COMMAND = Command(
    name="score",
    spellings={"spl": ("score",)},
    synopsis="score <method> <field>… [against <field>…] [<option>=<value>]…",
    summary="Says how well predictions fit the truth: read and planned, refused when it should run; it comes with a later version.",
    parse=parse,
    print=write,
    examples=(Example("index=main | score confusion_matrix user against predicted_user", "Which user was taken for which."),),
)
