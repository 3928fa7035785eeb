"""`lookup(…)` in expressions: the rows are looked up before the command, and what was found takes the call's place."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.expressions import Call, Expression, Field, Literal
from pilotage.language.plan.knowledge import Lookup
from pilotage.language.plan.nodes import Extend, Node, Project
from pilotage.language.plan.walk import chain, rebuilt
from pilotage.model.problem import fail

NAME = "lookup"
_HINT = 'write `lookup("hosts.csv", json_object("name", host), json_array("owner"))`'


def answered(node: Node) -> Node:
    """The node over a `Lookup` for each such call; the node itself when it has none. Raises code `arguments`."""
    below = getattr(node, "input", None)
    if not isinstance(below, Node) or not _calls(node):
        return node
    rows: Node = below
    if isinstance(node, Extend) and len(node.assignments) > 1:
        # Left to right: a call sees what was assigned before it.
        for assignment in node.assignments:
            rows = answered(Extend(rows, (assignment,), command=node.command, span=node.span))
        return rows
    made: list[str] = []

    def change(expression: Expression) -> Expression | None:
        nonlocal rows
        if not isinstance(expression, Call) or expression.name != NAME:
            return None
        rows, value, names = _looked_up(rows, expression, len(made), node)
        made.extend(names)
        return value

    changed = replace(rebuilt(node, change), input=rows)  # type: ignore[call-arg]
    return Project(changed, tuple(made), "drop", command=node.command, span=node.span)


def _calls(node: Node) -> bool:
    found = False

    def note(expression: Expression) -> None:
        nonlocal found
        found = found or (isinstance(expression, Call) and expression.name == NAME)

    rebuilt(node, note)
    return found


def _looked_up(rows: Node, call: Call, taken: int, node: Node) -> tuple[Node, Expression, list[str]]:
    table, keys, outputs = _read(call)
    names = {
        column: f"__lookup{taken + place}"
        for place, column in enumerate([*("k" + key for key, _ in keys), *("o" + out for out in outputs)])
    }
    extended = Extend(rows, tuple((names["k" + key], value) for key, value in keys), command=node.command, span=call.span)
    found = Lookup(
        extended,
        table,
        tuple((key, names["k" + key]) for key, _ in keys),
        tuple((out, names["o" + out]) for out in outputs),
        command=node.command,
        span=call.span,
    )
    fields = [(out, Field(names["o" + out], span=call.span)) for out in outputs]
    there: Expression = chain("OR", [Call("isnotnull", (field,), span=call.span) for _, field in fields])
    pairs = tuple(part for out, field in fields for part in (Literal(out, span=call.span), field))
    value = Call("if", (there, Call("json_object", pairs, span=call.span), Literal(None)), span=call.span)
    return found, value, list(names.values())


def _read(call: Call) -> tuple[str, list[tuple[str, Expression]], list[str]]:
    table, keys, outputs = call.arguments
    if not isinstance(table, Literal) or not isinstance(table.value, str):
        raise fail("arguments", "the first argument of `lookup` is no name of a lookup", span=table.span, hint=_HINT)
    if not isinstance(keys, Call) or keys.name != "json_object" or not keys.arguments or len(keys.arguments) % 2:
        raise fail("arguments", "the second argument of `lookup` is no `json_object(…)` of columns and values", span=keys.span, hint=_HINT)
    if not isinstance(outputs, Call) or outputs.name != "json_array" or not outputs.arguments:
        raise fail("arguments", "the third argument of `lookup` is no `json_array(…)` of columns", span=outputs.span, hint=_HINT)
    pairs = [(_constant(name), value) for name, value in zip(keys.arguments[::2], keys.arguments[1::2], strict=True)]
    return table.value, pairs, list(dict.fromkeys(_constant(each) for each in outputs.arguments))


def _constant(expression: Expression) -> str:
    if not isinstance(expression, Literal) or not isinstance(expression.value, str):
        raise fail("arguments", "a column of `lookup` must be named by a constant", span=expression.span, hint=_HINT)
    return expression.value
