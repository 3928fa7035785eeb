"""Lowering of `foreach`: the template filled in for every field or member, as assignments one after another."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal
from pilotage.language.plan.nodes import Extend
from pilotage.language.plan.spreading import FIELD, ITEM, ITER, MATCH, SEGMENTS, Repeat
from pilotage.language.plan.walk import rebuilt
from pilotage.language.sql.cells import every_name
from pilotage.language.sql.names import compiled, has_star, matching
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.shaping import extended
from pilotage.language.sql.value import NUMERIC, constant

MOST_FIELDS = 200
MOST_MEMBERS = 50

Assignments = list[tuple[str, Expression]]


def repeated(relation: Relation, node: Repeat) -> Relation:
    """`foreach`: a target that does not exist yet is null to the first turn."""
    names = _names(relation, node)
    if len(names) > MOST_FIELDS:
        sentence = f"`foreach` went through the first {MOST_FIELDS} of {len(names)} fields"
        relation.context.warn("fields-limited", sentence, span=node.span, hint="name fewer fields")
    filled: Assignments = []
    for name, pattern in list(names.items())[:MOST_FIELDS]:
        if node.mode == "multifield":
            filled += [_filled(assignment, _of_field(name, pattern)) for assignment in node.assignments]
        else:
            filled += _members(relation, node, name)
    target = relation.named()
    for name, _ in filled:
        if not name.startswith("{") and not target.knows(name):
            target.define(name, constant(None))
    return extended(target, Extend(node.input, tuple(filled), span=node.span), node.input) if filled else target


def _names(relation: Relation, node: Repeat) -> dict[str, str]:
    """The fields with the pattern each was found by, in the order of the patterns."""
    known = every_name(relation, node.input) if any(map(has_star, node.patterns)) else []
    found: dict[str, str] = {}
    for pattern in node.patterns:
        names = matching(pattern, known) if has_star(pattern) else [pattern] if relation.knows(pattern) else []
        for name in names:
            found.setdefault(name, pattern)
    return found


def _of_field(name: str, pattern: str) -> dict[str, str]:
    match = compiled(pattern).fullmatch(name)
    stars = match.groups() if match else ()
    filled = {FIELD: name, MATCH: "".join(stars) if stars else name}
    return filled | {word: stars[place] if place < len(stars) else "" for place, word in enumerate(SEGMENTS)}


def _text(template: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        template = template.replace(word, value)
    return template


def _filled(assignment: tuple[str, Expression], words: Mapping[str, str]) -> tuple[str, Expression]:
    def change(part: Expression) -> Expression | None:
        if isinstance(part, Field) and any(word in part.name for word in words):
            name = _text(part.name, words)
            # `<<MATCHSTR>>` outside quotes is a number where the stars stand for one.
            number = part.name != FIELD and NUMERIC.fullmatch(name)
            return (
                Literal(float(name) if re.search(r"[.eE]", name) else int(name), span=part.span) if number else Field(name, span=part.span)
            )
        if isinstance(part, Literal) and isinstance(part.value, str) and any(word in part.value for word in words):
            return Literal(_text(part.value, words), span=part.span)
        return None

    target, expression = assignment
    return _text(target, words), rebuilt(expression, change)


def _members(relation: Relation, node: Repeat, name: str) -> Assignments:
    """The assignments for each member: a turn that a row has no member for leaves what it had."""
    field: Expression = Field(name, span=node.span)
    parsed = Call("json_array_to_mv", (field,))
    listed = Call("if", (Call("match", (field, Literal(r"^\s*\["))), parsed, field))
    members = {"multivalue": field, "json_array": parsed}.get(node.mode, listed)
    counted = Extend(node.input, (("members", Call("mvcount", (members,))),))
    most = max((int(float(count)) for count in relation.context.facts.values(counted, "members")), default=0)
    if most > MOST_MEMBERS:
        sentence = f"`foreach` went through the first {MOST_MEMBERS} members of `{name}`, some rows have {most}"
        relation.context.warn("members-limited", sentence, span=node.span)
    found: Assignments = []
    for place in range(min(most, MOST_MEMBERS)):
        inside = Binary(">", Call("mvcount", (members,)), Literal(place))
        for target, expression in (_filled(each, {FIELD: name}) for each in node.assignments):
            turn = rebuilt(expression, lambda part, p=place: _item(part, members, p))  # type: ignore[misc]
            found.append((target, Call("if", (inside, turn, Field(target)), span=node.span)))
    return found


def _item(part: Expression, members: Expression, place: int) -> Expression | None:
    item = Call("mvindex", (members, Literal(place)), span=part.span)
    if isinstance(part, Field):
        return {ITEM: item, ITER: Literal(place)}.get(part.name)
    if not (isinstance(part, Literal) and isinstance(part.value, str) and (ITEM in part.value or ITER in part.value)):
        return None
    first, *rest = part.value.replace(ITER, str(place)).split(ITEM)
    joined: Expression = Literal(first)
    for piece in rest:
        joined = Binary(".", Binary(".", joined, item), Literal(piece))
    return joined
