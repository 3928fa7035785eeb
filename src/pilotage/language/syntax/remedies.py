"""The remedy of a stage's syntax error that names none: the near keyword or option, else how the stage is written."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.syntax.arguments import Option
from pilotage.language.syntax.scanner import nearest
from pilotage.language.syntax.synopsis import grammar
from pilotage.model.problem import PilotageError

_CODES = frozenset({"syntax", "argument-missing"})
_LEAST = 3
"""Letters of a word that may be a keyword with a slip in it."""


def remedy(error: PilotageError, text: str, synopsis: str, options: tuple[Option, ...] = ()) -> None:
    """Give an error about a stage's form a hint if it has none; its span points into `text`."""
    problem = error.problem
    if problem.hint is not None or problem.code not in _CODES or problem.span is None:
        return
    word = text[problem.span.start : problem.span.end]
    known = grammar(synopsis, options)
    words = {each.lower(): each for each in (*known.keywords, *(each.name for each in known.options))}
    near = nearest(word, words) if len(word) >= _LEAST and word.isidentifier() and word.lower() not in words else None
    error.problem = replace(problem, hint=near or f"write `{synopsis}`")
