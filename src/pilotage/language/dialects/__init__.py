"""The outline of a query in each dialect: search clause, pipes, brackets, quoting."""

from __future__ import annotations

import importlib
from typing import Protocol
from zoneinfo import ZoneInfo

from pilotage.language.catalogue import Knowledge
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.context import Context
from pilotage.model.problem import Span, fail

LANGUAGES = ("spl", "sumo")


class Written(Protocol):
    """The text that spans of a plan point into, and where they stand in the query as written."""

    @property
    def text(self) -> str:
        """The text with macros or variables replaced."""
        ...

    def back(self, span: Span) -> Span:
        """Where a span of that text came from."""
        ...


class Dialect(Protocol):
    """What the module of a dialect offers."""

    def context(
        self,
        now: int,
        zone: ZoneInfo | None = None,
        earliest: str | None = None,
        latest: str | None = None,
        knowledge: Knowledge | None = None,
    ) -> Context:
        """What a request says beside its query."""
        ...

    def read(self, query: str, context: Context) -> tuple[Node, Written]:
        """The plan of a query and the text its spans point into."""
        ...


def dialect_of(language: str) -> Dialect:
    """The dialect of a name. Raises code `language-unknown`."""
    if language not in LANGUAGES:
        raise fail("language-unknown", f"no language `{language}`", hint="use `spl` or `sumo`")
    dialect: Dialect = importlib.import_module(f"{__name__}.{language}")
    return dialect
