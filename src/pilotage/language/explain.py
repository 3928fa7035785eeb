"""`explain`: what the query's text became, as a tree with positions (`ast`) or as the plan that runs (`plan`)."""

from __future__ import annotations

from dataclasses import fields

from pilotage.language.dialects import dialect_of, spl, sumo
from pilotage.language.dialects.macros import expanded
from pilotage.language.dialects.outline import outline
from pilotage.language.dialects.sumo_outline import sumo_outline
from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Match, Member, Term, Unary
from pilotage.language.plan.nodes import Aggregation, Bin, Node, SortKey, TimeRange
from pilotage.language.plan.walk import children, everything, inputs, subsearches
from pilotage.language.syntax.aggregates import aggregation_text
from pilotage.language.syntax.buckets import bin_text
from pilotage.language.syntax.context import Context
from pilotage.language.syntax.printing import clause_text, eval_text
from pilotage.language.syntax.scanner import nearest
from pilotage.language.syntax.sort_keys import sort_keys_text
from pilotage.model.problem import fail
from pilotage.model.time import write_time

STAGES = ("ast", "plan")
_HIDDEN = frozenset({"input", "command", "span"})


def explain(query: str, stage: str, context: Context, language: str = "spl") -> str:
    """The stage `ast` or `plan` of a query as text (`sql` is the engine's). Raises what `parse` raises, or code `unknown-stage`."""
    if stage not in STAGES:
        raise fail(
            "unknown-stage", f"no stage `{stage}`", hint=nearest(stage, (*STAGES, "sql")) or "the stages are `ast`, `plan` and `sql`"
        )
    if stage == "plan":
        return plan_text(dialect_of(language).read(query, context)[0])
    return _tree(query, context) if language == "spl" else _stages(query, context)


def plan_text(plan: Node) -> str:
    """The nodes from the source to the last command, a line each, with every attribute that is not at its default below."""
    return "\n".join(_plan(plan, ""))


def _plan(plan: Node, margin: str) -> list[str]:
    """The same; plans inside a node stand below it, further in."""
    lines: list[str] = []
    for node in reversed(tuple(inputs(plan))):
        lines.append(f"{margin}{type(node).__name__}" + (f"  ({node.command})" if node.command else ""))
        for name, value in _attributes(node):
            inner = value if isinstance(value, tuple) else (value,)
            if inner and all(isinstance(each, Node) and not isinstance(each, Bin) for each in inner):
                for each in inner:
                    lines += [f"{margin}  {name}:", *_plan(each, margin + "    ")]
            else:
                lines.append(f"{margin}  {name}: {_shown(name, value)}")
        for search in subsearches(node):
            lines += [f"{margin}  sub-search:", *_plan(search.plan, margin + "    ")]
    return lines


def _tree(query: str, context: Context) -> str:
    pieces = outline(expanded(query, context.knowledge, context.vocabulary).text)
    lines: list[str] = []
    for piece, node in zip(pieces.pieces, spl.nodes(pieces, context), strict=True):
        arguments = " ".join(pieces.text[piece.start : piece.end].split())
        lines.append(f"{piece.name} [{piece.word.start}-{piece.end}] {arguments}".rstrip())
        for expression in _expressions(node):
            lines += _branch(expression, "  ")
    return "\n".join(lines)


def _stages(query: str, context: Context) -> str:
    """The pieces of a Sumo query, each with the expressions of the nodes it made."""
    plan, expansion = sumo.read(query, context)
    lines: list[str] = []
    for piece in sumo_outline(expansion.text).pieces:
        words = expansion.text[piece.start : piece.end].split()
        lines.append(f"[{piece.start}-{piece.end}] {' '.join(words)}".rstrip())
        for node in reversed(tuple(inputs(plan))):
            if node.span.end and piece.start <= node.span.start and node.span.end <= piece.end:
                for expression in _expressions(node):
                    lines += _branch(expression, "  ")
    return "\n".join(lines)


def _expressions(node: Node) -> list[Expression]:
    found: list[Expression] = []
    for _, value in _attributes(node):
        parts = value if isinstance(value, tuple) else (value,)
        for part in parts:
            inner = part[1] if isinstance(part, tuple) and len(part) == 2 else part.argument if isinstance(part, Aggregation) else part
            if isinstance(inner, Expression):
                found.append(inner)
    return found


def _branch(root: Expression, indent: str) -> list[str]:
    lines: list[str] = []
    waiting = [(root, indent)]
    while waiting:
        expression, margin = waiting.pop()
        lines.append(f"{margin}{_label(expression)} [{expression.span.start}-{expression.span.end}]")
        waiting.extend((part, margin + "  ") for part in reversed(children(expression)))
    return lines


def _label(expression: Expression) -> str:
    match expression:
        case Literal() | Field():
            return f"{type(expression).__name__} {eval_text(expression)}"
        case Call():
            return f"Call {expression.name}"
        case Binary() | Unary():
            return f"{type(expression).__name__} {expression.op}"
        case Member():
            return "Member IN"
        case _:
            return f"{type(expression).__name__} {clause_text(expression)}"


def _attributes(node: Node) -> list[tuple[str, object]]:
    """Names and values of what a node says, defaults left out."""
    return [
        (field.name, value)
        for field in fields(node)
        if field.name not in _HIDDEN and ((value := getattr(node, field.name)) != field.default or field.name in ("time", "range"))
    ]


def _shown(name: str, value: object) -> str:
    match value:
        case Expression():
            return _expression(value)
        case TimeRange():
            if value == TimeRange():
                return "all"
            return " .. ".join("" if side is None else write_time(side) for side in (value.earliest, value.latest)).strip()
        case Bin():
            return f"{value.field}{bin_text(value)}"
        case tuple() if name == "values":
            return f"{len(value)} rows"
        case tuple():
            return ", ".join(_item(item) for item in value)
        case _:
            return str(value)


def _item(item: object) -> str:
    match item:
        case Aggregation():
            return aggregation_text(item)
        case SortKey():
            return sort_keys_text((item,))
        case (str() as name, Expression() as value):
            return f"{name} = {_expression(value)}"
        case (str() as source, target):
            return f"{source} -> {target}"
        case _:
            return str(item)


def _expression(value: Expression) -> str:
    clause = any(isinstance(part, Match | Term) for part in everything(value))
    mixed = any(isinstance(part, Field | Literal | Call) for part in everything(value))
    return clause_text(value) if clause and not mixed else eval_text(value)
