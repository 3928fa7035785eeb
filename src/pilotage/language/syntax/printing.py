"""Expressions back to text: what `EvalParser` and `ClauseParser` read as the same expression again."""

from __future__ import annotations

import re

from pilotage.language.plan.branches import Subsearch
from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Match, Member, Term, Unary
from pilotage.language.plan.patterns import pattern_of, pieces
from pilotage.language.plan.walk import members
from pilotage.language.syntax.clause import KEYWORDS
from pilotage.language.syntax.evaluation import LEVELS, RESERVED
from pilotage.language.syntax.scanner import quote

BRANCH = "[\0]"
"""Stands for a plan inside a node's text: the dialect writes `walk.embedded` plans in the place of these, one after another."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@%*-]+")
_FIELD = re.compile(r"[A-Za-z0-9_.:/@{}*-]+")
_SIGN = 9
_WORDS = KEYWORDS | {"IN"}


def eval_text(expression: Expression, level: int = 0) -> str:
    """Text of an eval expression, in parentheses where something binding as strong as `level` stands around it."""
    match expression:
        case Literal():
            return _literal(expression)
        case Field():
            return field_text(expression.name)
        case Subsearch():
            return BRANCH
        case Call():
            return f"{expression.name}({', '.join(eval_text(part) for part in expression.arguments)})"
        case Member():
            items = ", ".join(eval_text(item) for item in expression.items)
            return _wrap(f"{eval_text(expression.operand, LEVELS['IN'])} IN ({items})", LEVELS["IN"], level)
        case Unary(op="NOT"):
            return _wrap(f"NOT {eval_text(expression.operand, LEVELS['NOT'])}", LEVELS["NOT"], level)
        case Unary():
            return f"-{eval_text(expression.operand, _SIGN)}"
        case Binary(op="AND" | "OR"):
            own = LEVELS[expression.op]
            terms = [eval_text(term, own + 1) for term in members(expression.op, expression)]
            return _wrap(f" {expression.op} ".join(terms), own, level)
        case Binary():
            own = LEVELS[expression.op]
            return _wrap(f"{eval_text(expression.left, own)} {expression.op} {eval_text(expression.right, own + 1)}", own, level)
        case _:
            return f"searchmatch({quote(clause_text(expression))})"


def field_text(name: str) -> str:
    """A field in an eval expression, in single quotes unless it is a plain word."""
    return name if _NAME.fullmatch(name) and name.lower() not in RESERVED else quote(name, "'")


def clause_text(expression: Expression, inside: str = "") -> str:
    """Text of a search clause; `inside` is the operator around it."""
    match expression:
        case Term():
            return _term(expression)
        case Match():
            return _match(expression)
        case Subsearch():
            return BRANCH if expression.field is None else f"{_search_name(expression.field)}{expression.op}{BRANCH}"
        case Unary():
            return f"NOT {clause_text(expression.operand, 'NOT')}"
        case Binary(op="AND"):
            text = " ".join(clause_text(term, "AND") for term in members("AND", expression))
            return f"({text})" if inside else text
        case Binary(op="OR"):
            text = " OR ".join(clause_text(term, "OR") for term in members("OR", expression))
            return f"({text})" if inside in ("NOT", "AND") else text
        case _:
            raise TypeError(f"{type(expression).__name__} has no place in a search clause")


def value_text(pattern: str) -> str:
    """A value of a search clause, quoted unless plain."""
    raw = "*".join(part.replace("\\", "\\\\").replace('"', '\\"') for part in pieces(pattern))
    return raw if _PLAIN.fullmatch(raw) and raw.upper() not in _WORDS else f'"{raw}"'


def _wrap(text: str, own: int, level: int) -> str:
    return f"({text})" if own < level else text


def _literal(literal: Literal) -> str:
    match literal.value:
        case None:
            return "null()"
        case bool():
            return "true()" if literal.value else "false()"
        case str():
            return quote(literal.value)
        case _:
            return repr(literal.value)


def _term(term: Term) -> str:
    pattern = term.text if term.wildcard else pattern_of((term.text,))
    if not term.case_sensitive and not term.exact_token:
        text = value_text(pattern)
        return text if text.startswith('"') or "::" not in text else f'"{text}"'
    kind = "TERM" if term.exact_token else "CASE"
    return f"{kind}({term.text})" if _PLAIN.fullmatch(term.text) else f"{kind}({_quoted(pattern)})"


def _quoted(pattern: str) -> str:
    text = value_text(pattern)
    return text if text.startswith('"') else f'"{text}"'


def _search_name(name: str) -> str:
    return name if _FIELD.fullmatch(name) and name not in KEYWORDS else quote(name)


def _match(match: Match) -> str:
    name = _search_name(match.field)
    if len(match.values) > 1:
        text = f"{name} IN ({', '.join(value_text(value) for value in match.values)})"
        return text if match.op == "=" else f"NOT {text}"
    if match.case_sensitive:
        return f"{name}{match.op}CASE({_quoted(match.values[0])})"
    return f"{name}{match.op}{value_text(match.values[0])}"
