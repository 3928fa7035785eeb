"""Patterns that RE2 does not run, taken out of a node: a step of its own finds them, once a distinct text, and its answers are joined."""

from __future__ import annotations

import re
from dataclasses import replace

from pilotage.language.plan.branches import Join
from pilotage.language.plan.combination import Distinct
from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal
from pilotage.language.plan.lookarounds import eased
from pilotage.language.plan.nodes import Aggregate, Extend, Extract, Node, Project, Series, Transform
from pilotage.language.plan.regexes import beyond_re2, prefilter
from pilotage.language.plan.walk import chain, rebuilt

_SED = re.compile(r"s(?P<d>[^\w\s\\])(?P<old>(?:\\.|(?!(?P=d)).)*)(?P=d)(?P<new>(?:\\.|(?!(?P=d)).)*)(?P=d)(?P<flags>\w*)", re.DOTALL)
_BOUND = frozenset({"mvmap", "mvfilter"})
_TEXT, _FOUND = "__text", "_found"
MARK = "\x1f"
"""Between a pattern and the text it is looked for in, where rows have patterns of their own."""
Options = tuple[tuple[str, str | float | int | bool | None], ...]


def hoisted(node: Node) -> Node:
    """The node without such patterns, over steps that answer them; the node itself when it has none."""
    node = _eased(node)
    match node:
        case Extract():
            return _extract(node)
        case Extend():
            return _extend(node)
        case _:
            return _expressions(node)


def _eased(node: Node) -> Node:
    """The node with those patterns that RE2 can say after all said so."""
    if isinstance(node, Extract):
        if node.sed or node.max_match != 1 or node.offset_field or not beyond_re2(node.pattern):
            return node
        simpler = eased(node.pattern)
        return node if simpler is None else replace(node, pattern=simpler)

    def change(part: Expression) -> Expression | None:
        if not isinstance(part, Call) or part.name != "match" or len(part.arguments) != 2:
            return None
        pattern = _pattern(part)
        simpler = eased(pattern) if pattern is not None and beyond_re2(pattern) else None
        return None if simpler is None else replace(part, arguments=(part.arguments[0], Literal(simpler)))

    return rebuilt(node, change)


def _answers(rows: Node, source: Expression, text: str, options: Options, pattern: str) -> Node:
    """`rows` with the `text` and the columns of the step beside it."""
    named = Extend(rows, ((text, source),), command=rows.command, span=rows.span)
    distinct = Distinct(named, text, prefilter(pattern), command=rows.command, span=rows.span)
    step = Transform(distinct, "pcre", (("text", text), *options), (text,), keeps=False, command="regex", span=rows.span)
    return Join(named, step, ((text, text),), kind="left", most=0, command="regex", span=rows.span)


def _dropped(rows: Node, *texts: str) -> Node:
    names = tuple(name for text in texts for name in (text, text + _FOUND))
    return Project(rows, names, "drop", command=rows.command, span=rows.span)


def _extract(node: Extract) -> Node:
    field = Field(node.source, span=node.span)
    source: Expression = field if node.source == "_raw" else Call("mvjoin", (field, Literal("\n")))
    rows = node.input
    if node.sed:
        found = _SED.fullmatch(node.pattern.strip())
        if found is None or not beyond_re2(found["old"]):
            return node
        mark = found["d"]
        pattern = ("(?i)" if "i" in found["flags"] else "") + found["old"].replace("\\" + mark, mark)
        new = re.sub(r"(?<!\\)&", r"\\0", found["new"].replace("\\" + mark, mark))
        options = (("mode", "replace"), ("pattern", pattern), ("new", new), ("every", "g" in found["flags"]), ("into", _TEXT + _FOUND))
        answered = _answers(rows, source, _TEXT, options, pattern)
        value = Call("coalesce", (Field(_TEXT + _FOUND), field))
        return _dropped(Extend(answered, ((node.source, value),), command=node.command, span=node.span), _TEXT)
    if not beyond_re2(node.pattern):
        return node
    groups: Options = (("mode", "groups"), ("pattern", node.pattern), ("most", node.max_match), ("offsets", node.offset_field))
    return _dropped(_answers(rows, source, _TEXT, groups, node.pattern), _TEXT)


def _extend(node: Extend) -> Node:
    """Assignments in their order: each with such a pattern gets its step right before it."""
    if not any(_calls(value) for _, value in node.assignments):
        return node
    rows: Node = node.input
    for assignment in node.assignments:
        rows = _expressions(Extend(rows, (assignment,), command=node.command, span=node.span))
    return rows


def _expressions(node: Node) -> Node:
    calls = _calls(node)
    rows = getattr(node, "input", None)
    if not calls or not isinstance(rows, Node):
        return node
    # A text that itself needs such a step gets names below its own.
    outer = node.assignments[-1][0] if isinstance(node, Extend) and node.assignments[-1][0].startswith(_TEXT) else _TEXT
    texts = [f"{outer}_{number}" for number in range(len(calls))]
    for text, call in zip(texts, calls, strict=True):
        rows = _answers(rows, _source(call), text, _options(call, text), _pattern(call) or "")
    answers = {id(call): _answer(call, text) for text, call in zip(texts, calls, strict=True)}
    changed = rebuilt(replace(node, input=rows), lambda part: answers.get(id(part)))  # type: ignore[call-arg]
    return changed if isinstance(node, Aggregate | Series) else _dropped(changed, *texts)


def _source(call: Call) -> Expression:
    """The text of a call; where its pattern is none of constants, that pattern and the text, the first mark between them."""
    if _pattern(call) is not None:
        return call.arguments[0]
    parts = (call.arguments[1], Literal(MARK), call.arguments[0])
    return Call("if", (chain("OR", [Call("isnull", (part,)) for part in parts[::2]]), Literal(None), chain(".", list(parts))))


def _options(call: Call, text: str) -> Options:
    into = ("into", text + _FOUND)
    if _pattern(call) is None:
        return (("mode", "own"), ("pattern", ""), into)
    if call.name == "match":
        return (("mode", "match"), ("pattern", _pattern(call)), into)
    new = call.arguments[2]
    replacement = str(new.value) if isinstance(new, Literal) else ""
    return (("mode", "replace"), ("pattern", _pattern(call)), ("new", replacement), ("every", True), into)


def _answer(call: Call, name: str) -> Expression:
    text, found = Field(name), Field(name + _FOUND)
    if call.name == "replace":
        return Call("coalesce", (found, text), span=call.span)
    matched = Binary("=", Call("coalesce", (found, Literal("no"))), Literal("yes"))
    return Call("if", (Call("isnull", (text,)), Literal(None), matched), span=call.span)


def _pattern(call: Call) -> str | None:
    pattern = call.arguments[1] if len(call.arguments) > 1 else None
    return pattern.value if isinstance(pattern, Literal) and isinstance(pattern.value, str) else None


def _calls(thing: Node | Expression) -> list[Call]:
    """The calls of `match` and `replace` with such a pattern, those left out whose text is a member bound by a function around them."""
    found: list[Call] = []

    def note(part: Expression) -> Expression | None:
        if isinstance(part, Call) and part.name in _BOUND:
            return part
        if isinstance(part, Call) and _takes(part) and _beyond(part):
            found.append(part)
            return part
        return None

    rebuilt(thing, note)
    return found


def _beyond(call: Call) -> bool:
    """Whether the pattern of a call is one that RE2 does not run, or, of `match`, one that each row has of its own."""
    pattern = _pattern(call)
    return beyond_re2(pattern) if pattern is not None else call.name == "match" and not isinstance(call.arguments[1], Literal)


def _takes(call: Call) -> bool:
    constant = len(call.arguments) == 3 and isinstance(call.arguments[2], Literal)
    return (call.name == "match" and len(call.arguments) == 2) or (call.name == "replace" and constant)
