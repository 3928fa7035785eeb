"""Sub-searches: a search in brackets runs first, and its rows become a condition of the search around it (`spl.md` §5, 28 and 29)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import msgspec

from pilotage.language.dialects import spl
from pilotage.language.plan.branches import Subsearch
from pilotage.language.plan.expressions import Binary, Expression, Field, Literal, Match, Term, Unary
from pilotage.language.plan.nodes import Limit, Node
from pilotage.language.plan.patterns import pattern_of
from pilotage.language.plan.walk import chain, rebuilt
from pilotage.language.sql.context import Context
from pilotage.language.sql.output import json_lines
from pilotage.language.sql.relation import Relation
from pilotage.language.syntax.clause import ClauseParser
from pilotage.language.syntax.evaluation import EvalParser
from pilotage.language.syntax.scanner import Scanner
from pilotage.model.problem import PilotageError, fail
from pilotage.store.backend import ReadSession

Row = dict[str, object]
RAW = ("search", "query")
"""Columns whose text is put into the outer search as it is."""
_DECODER = msgspec.json.Decoder(Row)


class Subsearches:
    """Runs the sub-searches of one search, in its session."""

    def __init__(self, session: ReadSession, context: Context, run: Callable[[Node], Relation]) -> None:
        self._session = session
        self._context = context
        self._run = run

    def resolved(self, node: Node) -> Node:
        """The node with every sub-search in its conditions replaced by what its rows say."""
        return rebuilt(node, self._answer)

    def _answer(self, expression: Expression) -> Expression | None:
        if not isinstance(expression, Subsearch):
            return None
        rows = list(self._rows(expression))
        if len(rows) > expression.limit:
            rows = rows[: expression.limit]
            sentence = f"the sub-search gave more than {expression.limit} rows, the rest is left out"
            self._context.warn("rows-limited", sentence, span=expression.span, hint="narrow it, or use a lookup or `join`")
        if expression.field is not None:
            return _compared(expression, rows)
        raw = [text for row in rows if (text := _raw(row)) is not None]
        if raw:
            return self._parsed(expression, raw)
        return _condition(rows, expression)

    def _rows(self, expression: Subsearch) -> Iterator[Row]:
        relation = self._run(Limit(expression.plan, expression.limit + 1, command="head", span=expression.span))
        lines = (line for piece in self._session.text(json_lines(relation)) for line in piece.splitlines())
        return (_DECODER.decode(line) for line in islice(lines, expression.limit + 1))

    def _parsed(self, expression: Subsearch, raw: list[str]) -> Expression:
        """Text that `format`, `return` or a column `search` made, read as the outer search reads its own."""
        text = raw[0] if len(raw) == 1 else " OR ".join(f"({each})" for each in raw)
        if text.strip() in ("", "NOT ()"):
            return _NOTHING if expression.form == "clause" else Literal(value=False, span=expression.span)
        try:
            if expression.form == "eval":
                return EvalParser(Scanner(text), spl.vocabulary()).expression()
            return ClauseParser(Scanner(text), offset=expression.span).clause()
        except PilotageError as error:
            problem = error.problem
            sentence = f"the sub-search gave `{text[:200]}`, which cannot be read here: {problem.sentence}"
            raise fail(problem.code, sentence, span=expression.span, hint=problem.hint) from error


_NOTHING = Unary("NOT", Term("*", wildcard=True))


def _raw(row: Row) -> str | None:
    return next((str(row[name]) for name in RAW if isinstance(row.get(name), str)), None)


def _texts(value: object) -> list[str]:
    items: Iterable[object] = value if isinstance(value, list) else [value]
    return [("True" if item else "False") if isinstance(item, bool) else str(item) for item in items]


def _condition(rows: list[Row], expression: Subsearch) -> Expression:
    """`( ( u="x" AND h="1" ) OR ( u="y" ) )`; no rows match nothing; names beginning with `_` are left out."""
    alternatives: list[Expression] = []
    for row in rows:
        terms = [_equal(name, value, expression) for name, value in row.items() if not name.startswith("_")]
        if terms:
            alternatives.append(chain("AND", terms))
    if alternatives:
        return chain("OR", alternatives)
    return _NOTHING if expression.form == "clause" else Literal(value=False, span=expression.span)


def _equal(name: str, value: object, expression: Subsearch) -> Expression:
    texts = _texts(value)
    if expression.form == "clause":
        # A value is a value: its stars are text, but one of a column that people fill with patterns matches as one.
        return Match(name, "=", tuple(_pattern(text) for text in texts), span=expression.span)
    terms = [Binary("=", Field(name, span=expression.span), Literal(text), span=expression.span) for text in texts]
    return chain("OR", terms)


def _pattern(text: str) -> str:
    return pattern_of(tuple(text.split("*")))


def _compared(expression: Subsearch, rows: list[Row]) -> Expression:
    """`field op […]`: the first column's values, or the text that `return $x` made."""
    values = [text for row in rows for name, value in row.items() if not name.startswith("_") for text in _texts(value)[:1]]
    if not values:
        return _NOTHING
    if expression.op in ("=", "!="):
        return Match(expression.field or "", expression.op, tuple(map(_pattern, values)), span=expression.span)
    return Match(expression.field or "", expression.op, (_pattern(values[0]),), span=expression.span)
