"""`fieldformat`: how a field is shown. The value stays what it is for every command; the text takes its place behind the last one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pilotage.language.plan.cells import Remark
from pilotage.language.plan.combination import Combine, FieldSummary
from pilotage.language.plan.expressions import Expression, Field
from pilotage.language.plan.nodes import Aggregate, Extend, Node, Project, Rename, Series, Top, Transform
from pilotage.language.plan.walk import inputs, rebuilt
from pilotage.language.plan.windows import Unpivot

Formats = dict[str, Expression]


@dataclass(frozen=True, slots=True)
class Format(Node):
    """`fieldformat`: the rows as they are; `assignments` say how fields are shown at the end."""

    input: Node
    assignments: tuple[tuple[str, Expression], ...]


def displayed(plan: Node) -> Node:
    """The plan with the texts of its formats set last. A command that makes other rows ends them, which the result then says."""
    chain = list(reversed(tuple(inputs(plan))))
    if not any(isinstance(node, Format) for node in chain):
        return plan
    formats: Formats = {}
    ended: list[tuple[str, Node]] = []
    for node in chain:
        if _ends(node):
            ended += [(name, node) for name in formats]
            formats = {}
        else:
            formats = _after(node, formats)
    result = plan
    for name, node in ended:
        sentence = f"the format of `{name}` ends at `{node.command}`, which works with the values"
        result = Remark(result, sentence, command="fieldformat", span=node.span)
    return Extend(result, tuple(formats.items()), command="fieldformat", span=plan.span) if formats else result


def _ends(node: Node) -> bool:
    if isinstance(node, Transform):
        return not node.keeps or node.name == "transpose"
    return isinstance(node, Aggregate | Series | Top | Unpivot | Combine | FieldSummary)


def _after(node: Node, formats: Formats) -> Formats:
    """The formats as the rows of a node have them."""
    match node:
        case Format():
            return formats | dict(node.assignments)
        case Rename():
            return {_renamed(node, name): _moved(node, shown) for name, shown in formats.items()}
        case Project(mode="drop"):
            return {name: shown for name, shown in formats.items() if not _chosen(node, name)}
        case Project():
            return {name: shown for name, shown in formats.items() if _chosen(node, name)}
        case _:
            return formats


def _stars(pattern: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def _chosen(node: Project, name: str) -> bool:
    return any(_stars(pattern).fullmatch(name) for pattern in node.patterns)


def _renamed(node: Rename, name: str) -> str:
    for source, target in node.pairs:
        if found := _stars(source).fullmatch(name):
            parts = iter(found.groups())
            return re.sub(r"\*", lambda _, parts=parts: next(parts, ""), target)  # type: ignore[misc]
    return name


def _moved(node: Rename, shown: Expression) -> Expression:
    return rebuilt(shown, lambda part: replace(part, name=_renamed(node, part.name)) if isinstance(part, Field) else None)
