"""What the redaction rules make of one text of a row, and how a row is recognised that they concern."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlglot import exp

from pilotage.engine.loading.redaction import (
    Key,
    Names,
    dropped_members,
    hashed,
    hashed_matches,
    hashed_members,
    lambdas,
    masked,
    masked_members,
    unescaped,
)
from pilotage.language.plan.expressions import Expression
from pilotage.language.sql.fragments import Sql, all_of, any_of, call, identifier, lambda_, literal, parameter
from pilotage.model.rules import MASK

OWN = "w_own"
"""Whether a row is one of the server's own, or a dead letter."""
# A guard looks at all texts of a row joined by line ends: what means the end of a text there would not be found.
_TEXT_ENDS = re.compile(r"\\[AzZQ]|\(\?[a-zA-Z]*-|\(\?\^")


@dataclass(frozen=True, slots=True)
class Rule:
    """One redaction, compiled: `pattern` or `names`; with `keep`, `names` are those that survive."""

    number: int
    name: str
    action: str
    pattern: str = ""
    names: Names = field(default_factory=lambda: Names(()))
    keep: bool = False
    replacement: str = MASK
    key: Key | None = None
    clause: Expression | None = None

    @property
    def drops_events(self) -> bool:
        """Whether rows it concerns are not stored."""
        return self.action == "drop" and bool(self.pattern)

    @property
    def scoped(self) -> bool:
        """Whether it concerns some rows only."""
        return self.clause is not None or self.keep or self.drops_events

    @property
    def column(self) -> str:
        """The column that says whether it concerns a row, when it is `scoped`."""
        return f"w_here{self.number}"

    @property
    def here(self) -> Sql:
        """Whether it concerns the row."""
        return identifier(self.column) if self.scoped else exp.Boolean(this=True)

    def within(self, new: Sql, old: Sql) -> Sql:
        """`new` where the rule concerns the row, else `old`."""
        return call("if", self.here, new, old) if self.scoped else new

    def somewhere(self, texts: Sql) -> Sql:
        """Whether one of the texts holds what it looks for."""
        pattern = self.pattern or self.names.quoted
        return call("arrayExists", lambda_("x", call("match", parameter("x"), pattern)), texts)

    def value(self, old: Sql) -> Sql:
        """A whole value that it hides by name."""
        if self.action == "hash" and self.key is not None:
            return hashed(old, self.key)
        return literal(self.replacement if self.action == "mask" else "")

    def mark(self, keys: Sql | None) -> Sql:
        """Whether it does something to the row; `keys` are the joined keys of its attributes, if it has any."""
        if self.keep:
            return self.here
        found = [call("and", identifier("w_hit"), self.somewhere(identifier("w_texts")))]
        if self.names.patterns and keys is not None:
            found.append(call("match", keys, self.names.joined))
        return all_of([self.here, any_of(found)])


def together(rules: tuple[Rule, ...]) -> Names:
    """The names of several rules that hide."""
    return Names(tuple(p for rule in rules for p in rule.names.patterns))


def joinable(rules: tuple[Rule, ...]) -> bool:
    """Whether the guard may look at joined texts."""
    return not any(_TEXT_ENDS.search(rule.pattern) for rule in rules)


def guard(rules: tuple[Rule, ...]) -> str:
    """One regular expression that matches whenever a rule has something to do in a text, or a key."""
    parts = [f"(?:{rule.pattern})" for rule in rules if rule.pattern]
    names = together(tuple(rule for rule in rules if not rule.pattern))
    if names.patterns:
        # An escaped letter may stand in a name.
        parts += [f"(?:{names.quoted})", f"(?:{names.regex})", r"\\u[0-9a-fA-F]{4}"]
    return "|".join(parts)


def treated(rules: tuple[Rule, ...], texts: Sql, letters: Sql) -> Sql:
    """`Array(String)`: what becomes of each text, to be read as its letter says: JSON (`a`, `k`), base64 (`x`) or plain.

    A rule is a lambda over the whole array, so that none holds the text it works on more than a few times.
    """
    text, letter = parameter("x"), parameter("l")
    layered = call("in", letter, call("tuple", "a", "k", "x"))
    inside = unescaped(text, letter, lambda each: _patterns(rules, each))
    opened = call("arrayMap", lambdas(("x", "l"), call("if", layered, inside, text)), texts, letters)
    return _patterns(rules, _members(rules, opened))


def _patterns(rules: tuple[Rule, ...], texts: Sql) -> Sql:
    """Every pattern over an array of texts."""
    text = parameter("y")
    for rule in rules:
        if not rule.pattern:
            continue
        if rule.drops_events:
            # Dead letters and own telemetry stay, without what would have dropped an event.
            new = call("if", identifier(OWN), masked(text, rule.pattern, MASK), text)
        elif rule.key is not None:
            new = rule.within(hashed_matches(text, rule.pattern, rule.key), text)
        else:
            new = rule.within(masked(text, rule.pattern, rule.replacement), text)
        texts = call("arrayMap", lambda_("y", new), texts)
    return texts


def _members(rules: tuple[Rule, ...], texts: Sql) -> Sql:
    """Every name over an array of texts, wherever a JSON member has it."""
    text = parameter("y")
    for rule in rules:
        if rule.pattern:
            continue
        if rule.key is not None:
            new = hashed_members(text, rule.names, rule.key)
        elif rule.action == "drop":
            new = dropped_members(text, rule.names)
        else:
            new = masked_members(text, rule.names, rule.replacement)
        texts = call("arrayMap", lambda_("y", rule.within(new, text)), texts)
    return texts
