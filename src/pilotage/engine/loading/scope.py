"""The scope of a rule: a search clause over the metadata of a row, as SQL over the columns that are being loaded."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from pilotage.language.plan.expressions import Binary, Expression, Match, Term, Unary
from pilotage.language.plan.patterns import pieces
from pilotage.language.sql.fragments import Sql, all_of, any_of, call, literal, negation
from pilotage.language.syntax.clause import ClauseParser
from pilotage.language.syntax.scanner import Scanner
from pilotage.model.problem import PilotageError, fail

NAMES = ("index", "sourcetype", "source", "host", "service")
_HINT = f"a scope is words of the text and `name=value` with name one of {', '.join(NAMES)} or Sumo's spelling; `*` is any text"


def read_scope(written: str) -> Expression | None:
    """The clause, or None for an empty one. Raises `bad-scope`."""
    if not written.strip():
        return None
    try:
        clause = ClauseParser(Scanner(written)).clause()
    except PilotageError as error:
        raise fail("bad-scope", f"its scope cannot be read: {error.problem.sentence}", hint=_HINT) from error
    _check(clause)
    return clause


def _check(clause: Expression) -> None:
    match clause:
        case Binary():
            _check(clause.left)
            _check(clause.right)
        case Unary():
            _check(clause.operand)
        case Match():
            if clause.field not in NAMES:
                raise fail("bad-scope", f"its scope names `{clause.field}`, which is no metadata field", hint=_HINT)
            if clause.op not in ("=", "!="):
                raise fail("bad-scope", f"its scope compares `{clause.field}` by `{clause.op}`", hint="use `=` or `!=`")
        case Term():
            if clause.exact_token:
                raise fail("bad-scope", "its scope uses TERM( )", hint=_HINT)
        case _:
            raise fail("bad-scope", "its scope cannot be read", hint=_HINT)


def scope_sql(clause: Expression, column: Callable[[str], Sql]) -> Sql:
    """The condition; `column` gives the SQL of a metadata field, or of `_raw`."""
    match clause:
        case Binary():
            join = all_of if clause.op == "AND" else any_of
            return join([scope_sql(clause.left, column), scope_sql(clause.right, column)])
        case Unary():
            return negation(scope_sql(clause.operand, column))
        case Match():
            found = any_of([_like(column(clause.field), value, clause.case_sensitive) for value in clause.values])
            return found if clause.op == "=" else negation(found)
        case Term():
            pattern = clause.text if clause.wildcard else None
            parts = pieces(pattern) if pattern is not None else (clause.text,)
            return call("match", column("_raw"), _flags(clause.case_sensitive) + ".*".join(re.escape(p) for p in parts))
        case _:
            return literal(value=False)


def _like(column: Sql, value: str, case_sensitive: bool) -> Sql:
    if value == "*":
        return exp.Boolean(this=True)
    return call("match", column, _flags(case_sensitive) + glob(value))


def _flags(case_sensitive: bool) -> str:
    return "(?s)" if case_sensitive else "(?si)"


def glob(pattern: str, anything: str = ".*") -> str:
    """The regular expression of a whole text that a pattern with `*` stands for."""
    return "^" + anything.join(re.escape(piece) for piece in pieces(pattern)) + "$"
