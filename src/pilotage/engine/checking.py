"""Whether a query could run: parsed, planned and lowered over an unknown store, its holes filled with what their places take."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from pilotage.engine.statements import lowered
from pilotage.engine.watch import shallow
from pilotage.language import operators
from pilotage.language.catalogue import Knowledge, KnownObjects
from pilotage.language.commands import spellings
from pilotage.language.dialects import dialect_of, spl
from pilotage.language.dialects.holes import Filling, holes_of
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.sql.context import Context
from pilotage.language.syntax import sumo_aggregates
from pilotage.model.problem import PilotageError, Problem, Span
from pilotage.store.catalogue import StaticCatalogue

MOST_TRIES = 60
_SUMO = re.compile(r"\b_source(?:Category|Name|Host)\b|\b_collector\b|\b_view\b|\{\{|\bnodrop\b|\bmatches\s*[\"/]")
_STAGE = re.compile(r"\|\s*([A-Za-z_]\w*)")
_WHOLE = frozenset({"unknown-command", "command-missing"})

_HEADS = ("where ", "eval x=", "eval ", "fields ", "stats ", "stats count by ", "tstats count where ")
"""Commands of which the body of a macro may be the rest."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query to check. `language` is `spl`, `sumo` or `auto`; with `continued` its first command works on the rows of another search."""

    query: str
    language: str = "auto"
    continued: bool = False
    knowledge: Knowledge = field(default_factory=KnownObjects)


def check(question: Question, now: int) -> Problem | None:
    """What is wrong with a query, with a span into it, or `None`; `now` in epoch nanoseconds."""
    return checked(question, now)[1]


def checked(question: Question, now: int) -> tuple[str, Problem | None]:
    """The query with its holes filled as their places take it, and what is wrong with it."""
    if question.language == "auto":
        question = replace(question, language="spl" if question.continued else language_of(question.query))
    filling, problem = _in_language(question, now)
    return filling.expansion().text, problem


def check_fragment(question: Question, now: int) -> Problem | None:
    """What is wrong with the body of a macro, wherever it may be put: it is a search, goes on with one, or is a part of a command."""
    told = check(replace(question, language="spl"), now)
    if told is None or check(replace(question, language="spl", continued=True), now) is None:
        return None
    for head in _HEADS:
        if check(replace(question, query=head + question.query, language="spl", continued=True), now) is None:
            return None
    return told


def language_of(query: str) -> str:
    """The language a query is likelier written in: what only one of them has decides, `spl` where nothing does."""
    if _SUMO.search(query):
        return "sumo"
    commands, stages = set(spellings("spl")), {*operators.spellings(), *sumo_aggregates.AGGREGATES}
    names = [found[1].lower() for found in _STAGE.finditer(query)]
    only_sumo = sum(name in stages and name not in commands for name in names)
    return "sumo" if only_sumo > sum(name in commands and name not in stages for name in names) else "spl"


def _in_language(question: Question, now: int) -> tuple[Filling, Problem | None]:
    """Tries the choices of a hole while the problem points at it; what is told is the problem of its first choice."""
    filling = holes_of(question.query, question.language)
    told: dict[int, Problem] = {}
    for _ in range(MOST_TRIES):
        problem = _tried(filling, question, now)
        if problem is None:
            return filling, None
        number = None if problem.span is None else filling.at(problem.span)
        if number is None:
            return filling, problem
        told.setdefault(number, problem)
        following = filling.other(number)
        if following is None:
            return filling, _of_hole(told[number], filling.query[filling.holes[number].span.start : filling.holes[number].span.end])
        filling = following
    return filling, problem


def _tried(filling: Filling, question: Question, now: int) -> Problem | None:
    filled = filling.expansion()
    dialect = dialect_of(question.language)
    asked = dialect.context(now, knowledge=question.knowledge)
    back = filled.back
    try:
        with shallow():
            plan, written = (spl.read_continued if question.continued else dialect.read)(filled.text, asked)
            context = Context(StaticCatalogue(), EVAL, AGGREGATES, now)
            context.query, context.origin = written.text, written.back

            def back(span: Span) -> Span:
                return filled.back(written.back(span))

            lowered(plan, context)
    except PilotageError as error:
        problem = error.problem
        return problem if problem.span is None else replace(problem, span=back(problem.span))
    return None


def _of_hole(problem: Problem, text: str) -> Problem:
    if problem.code not in _WHOLE:
        return problem
    hint = "give it its value first, or write the command out"
    return Problem("token", f"`{text}` stands where a command should, which its value alone could tell", problem.span, hint)
