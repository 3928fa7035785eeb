"""Event types and tags in search clauses: each is put in its place as the search, or the `field=value` pairs, it stands for."""

from __future__ import annotations

import difflib
from dataclasses import replace

from pilotage.language.plan.expressions import Binary, Expression, Match, Unary
from pilotage.language.plan.patterns import has_wildcard, pattern_of, pieces
from pilotage.language.plan.walk import chain
from pilotage.language.syntax.clause import ClauseParser
from pilotage.language.syntax.context import Context
from pilotage.language.syntax.scanner import Scanner
from pilotage.model.problem import fail

DEEPEST = 20
TAG_OF = "tag::"


def known(expression: Expression, context: Context, level: int = 0) -> Expression:
    """The clause with `eventtype=`, `tag=` and `tag::field=` expanded. Raises codes `unknown-eventtype`, `knowledge-recursion`."""
    if isinstance(expression, Unary):
        operand = known(expression.operand, context, level)
        return expression if operand is expression.operand else replace(expression, operand=operand)
    if isinstance(expression, Binary):
        left, right = known(expression.left, context, level), known(expression.right, context, level)
        return expression if left is expression.left and right is expression.right else replace(expression, left=left, right=right)
    if not isinstance(expression, Match) or expression.op not in ("=", "!="):
        return expression
    if level > DEEPEST:
        raise fail("knowledge-recursion", "an event type or tag leads back to itself", span=expression.span, hint="change its search")
    if expression.field == "eventtype":
        found = _eventtypes(expression, context, level)
    elif expression.field == "tag" or expression.field.startswith(TAG_OF):
        found = _tagged(expression, context, level)
    else:
        return expression
    if not found:
        return expression
    either = chain("OR", found)
    return either if expression.op == "=" else Unary("NOT", either, span=expression.span)


def _eventtypes(match: Match, context: Context, level: int) -> list[Expression]:
    """The searches of the event types a match means; none where nobody knows."""
    knowledge = context.knowledge
    found: list[Expression] = []
    for value in match.values:
        names = _named(value, knowledge.eventtype_names())
        if not names and knowledge.complete:
            plain = "*".join(pieces(value))
            near = difflib.get_close_matches(plain, knowledge.eventtype_names(), n=1)
            hint = f"did you mean `{near[0]}`?" if near else "put one with `pilotage put eventtype`"
            raise fail("unknown-eventtype", f"no event type `{plain}`", span=match.span, hint=hint)
        for name in names:
            text = knowledge.eventtype(name) or "*"
            if context.pipelines is not None:
                text = context.pipelines.expanded(text, context)
            if text.strip().lower().startswith("search "):
                text = text.strip()[len("search ") :]
            found.append(known(ClauseParser(Scanner(text), offset=match.span).clause(), context, level + 1))
    return found


def _tagged(match: Match, context: Context, level: int) -> list[Expression]:
    """The pairs that carry a tag; of `tag::field` those of that field. A tag that nobody gave is a field of the events' own."""
    wanted = match.field.removeprefix(TAG_OF) if match.field.startswith(TAG_OF) else None
    found: list[Expression] = []
    for value in match.values:
        for name in _named(value, context.knowledge.tag_names()):
            for field, text in context.knowledge.tagged(name):
                if wanted is None or field == wanted:
                    pair = Match(field, "=", (pattern_of(tuple(text.split("*"))),), span=match.span)
                    found.append(known(pair, context, level + 1))
    return found


def _named(pattern: str, names: tuple[str, ...]) -> list[str]:
    """The names that a pattern means, without regard to case only where it has wildcards."""
    parts = pieces(pattern)
    if not has_wildcard(pattern):
        return [name for name in names if name == parts[0]]
    return [name for name in names if _fits(name.lower(), [part.lower() for part in parts])]


def _fits(text: str, parts: list[str]) -> bool:
    first, *middle, last = parts
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        place = text.find(part, position, end)
        if place < 0:
            return False
        position = place + len(part)
    return True
