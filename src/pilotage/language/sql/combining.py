"""Plans with several inputs: rows one after another (append, multireport), side by side (appendcols), and matched (join)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from pilotage.language.plan.branches import Fork, Join, Paste, Union
from pilotage.language.plan.nodes import Limit, Node
from pilotage.language.plan.walk import grafted
from pilotage.language.sql.cells import every_name
from pilotage.language.sql.context import NoFacts
from pilotage.language.sql.fragments import Sql, all_of, call, column_names, identifier, infix, is_null, literal, window
from pilotage.language.sql.ordering import limited, positioned
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.unions import UnionSource, united
from pilotage.language.sql.value import Value, constant, present, text, unify
from pilotage.model.problem import fail

Lower = Callable[[Node], Relation]


def appended(relation: Relation, node: Union, lower: Lower) -> Relation:
    """`append`, `union`, `multisearch`."""
    others = [_bounded(lower(other), node.limit) for other in node.others]
    if node.by_time:
        return united(relation.context, [relation.nested(), *(o.nested() for o in others)])
    return concatenated([relation, *others])


def forked(node: Fork, lower: Lower) -> Relation:
    """`multireport` and `appendpipe`: every branch over the same rows."""
    branches = [lower(grafted(branch, node.input)) for branch in node.branches]
    return concatenated([lower(node.input), *branches] if node.keep else branches)


def concatenated(parts: Sequence[Relation]) -> Relation:
    """The rows of each part in its own order, one part after another."""
    context = parts[0].context
    number, place = context.alias(), context.alias()
    placed: list[Relation] = []
    for position, part in enumerate(parts):
        relation, order = positioned(part.nested())
        relation.add_projection(number, literal(position))
        relation.add_projection(place, call("toFloat64", order))
        placed.append(relation)
    order_keys = [Key(identifier(number)), Key(identifier(place))]
    return Relation(context, UnionSource(context, placed, order_keys))


def _bounded(relation: Relation, limit: int) -> Relation:
    return limited(relation, Limit(_NOTHING, limit)) if limit else relation


_NOTHING = Node()


@dataclass(slots=True)
class _Joined:
    """Two finished SELECTs matched. A column of both is `chosen` among the two values."""

    left: Relation
    right: Relation
    on: list[Sql]
    kind: str
    order: list[Key]
    names_: list[str]
    chosen: Callable[[Value | None, Value | None], Value | None]
    prefixes: tuple[str, str] = ("", "")
    hidden: frozenset[str] = frozenset()
    _met: dict[str, Value | None] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return self.left.open

    def field(self, name: str) -> Value | None:
        if name not in self._met:
            left = self.left.export(_bare(name, self.prefixes[0])) if self._of(self.left, _bare(name, self.prefixes[0])) else None
            own = _bare(name, self.prefixes[1])
            right = self.right.export(own) if own not in self.hidden and own in self.right.names() else None
            self._met[name] = self.chosen(left, right)
        return self._met[name]

    @staticmethod
    def _of(relation: Relation, name: str) -> bool:
        return relation.open or relation.knows(name)

    def names(self) -> list[str]:
        return self.names_

    def wildcard_names(self) -> list[str]:
        return list(dict.fromkeys([*self.names_, *self.left.wildcard_names()]))

    def keys(self) -> list[Key]:
        return self.order

    def remainder(self, excluded: tuple[str, ...]) -> Sql | None:
        # Keys that the right side has too are still the left one's to show.
        shown = set(self.names_)
        return self.left.export_remainder(tuple(dict.fromkeys((*excluded, *(n for n in self.right.names() if n in shown)))))

    def from_(self, needed: set[str]) -> Sql:
        inner = needed.union(*map(column_names, self.on))
        return exp.Subquery(
            this=exp.Select(expressions=[exp.Star()])
            .from_(exp.Subquery(this=self.left.select(inner), alias=_alias("l")), copy=False)
            .join(
                exp.Subquery(this=self.right.select(inner), alias=_alias("r")),
                on=all_of(self.on),
                join_type=self.kind,
                copy=False,
            )
        )


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.Identifier(this=name, quoted=True))


def _bare(name: str, prefix: str) -> str:
    return name.removeprefix(prefix) if prefix and name.startswith(prefix) else name


def joined(relation: Relation, node: Join, lower: Lower) -> Relation:
    """`join`: the first matches of the right side beside each row of the left one."""
    if not node.fields:
        node = _by_common(relation, node, lower(node.other))
    left, left_place = positioned(relation.nested())
    left_keys = [_key(left, name) for name, _ in node.fields]
    right = _bounded(lower(node.other), node.limit).named()
    right, right_place = positioned(right)
    right_keys = [_key(right, name) for _, name in node.fields]
    right.where += [call("isNotNull", key) for key in right_keys]
    if node.most:
        rank = right.project(window(call("row_number"), right_keys, [exp.Ordered(this=right_place)]))
        place, keys = right.project(right_place), [right.project(key) for key in right_keys]
        right.sealed = True
        right = right.nested()
        right.where.append(infix(exp.LTE, rank, literal(node.most)))
        right_place, right_keys = place, keys
    place = left.project(left_place)
    second = right.project(right_place)
    pairs = [infix(exp.EQ, left.project(a), right.project(b)) for a, b in zip(left_keys, right_keys, strict=True)]
    mark = call("ifNull", right.project(call("toUInt8", 1)), 0)

    def chosen(mine: Value | None, other: Value | None) -> Value | None:
        if mine is None or other is None:
            return _nullable(other, mark) if mine is None and other is not None else mine
        first, last = (_nullable(other, mark), mine) if node.overwrite else (mine, _nullable(other, mark))
        return unify([first, last], lambda parts: call("if", present(first), *parts))

    left_names = left.names()
    keys_right = {name for _, name in node.fields}
    extra = [n for n in right.names() if n not in left_names and n not in keys_right]
    source = _Joined(
        left, right, pairs, "left" if node.kind == "left" else "inner", [Key(place), Key(second)], [*left_names, *extra], chosen,
        node.prefixes, frozenset(b for a, b in node.fields if a == b),
    )  # fmt: skip
    return Relation(relation.context, source)


def _by_common(relation: Relation, node: Join, other: Relation) -> Join:
    """The node with the fields that both sides have."""
    mine, theirs = every_name(relation, node.input), set(every_name(other, node.other))
    common = tuple((name, name) for name in mine if name in theirs and not name.startswith("_"))
    guessed = isinstance(relation.context.facts, NoFacts) and (relation.open or other.open)
    if not common and not guessed:
        raise fail("no-common-field", "the two sides of `join` have no field in common", span=node.span, hint="name the fields to join by")
    return replace(node, fields=common)


def _nullable(value: Value, mark: Sql) -> Value:
    """A column of the right side: null where no row matched (the engine fills in defaults)."""
    return unify([value, constant(None)], lambda parts: call("if", infix(exp.EQ, mark, literal(1)), *parts))


def _key(relation: Relation, name: str) -> Sql:
    value = relation.field(name) if relation.knows(name) or relation.open else None
    if not relation.knows(name):
        relation.context.unknown_field(name, relation.wildcard_names())
    return text(value) if value is not None else call("CAST", exp.null(), "Nullable(String)")


def pasted(relation: Relation, node: Paste, lower: Lower) -> Relation:
    """`appendcols`: matched by row number; rows that only the right side has come last."""
    sides = []
    for side in (relation, _bounded(lower(node.other), node.limit)):
        target, place = positioned(side.nested())
        rank = target.project(window(call("row_number"), order=[exp.Ordered(this=place)]))
        target.sealed = True
        sides.append((target.nested(), rank))
    (left, one), (right, two) = sides
    first, second = left.project(one), right.project(two)

    def chosen(mine: Value | None, other: Value | None) -> Value | None:
        here, there = infix(exp.GT, first, literal(0)), infix(exp.GT, second, literal(0))
        own = None if mine is None else unify([mine, constant(None)], lambda parts: call("if", here, *parts))
        theirs = None if other is None else unify([other, constant(None)], lambda parts: call("if", there, *parts))
        if own is None or theirs is None:
            return own if theirs is None else theirs
        order = [theirs, own] if node.override else [own]
        return unify(order, lambda parts: call("if", present(order[0]), *parts)) if node.override else own

    names = list(dict.fromkeys([*left.names(), *right.names()]))
    order = [Key(is_null(first)), Key(call("nullIf", first, 0)), Key(second)]
    source = _Joined(left, right, [infix(exp.EQ, first, second)], "full", order, names, chosen)
    return Relation(relation.context, source)
