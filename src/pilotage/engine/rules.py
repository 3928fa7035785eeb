"""The configured rules, checked once at the start and compiled: SQL for the decode of any table, and for a text of unknown origin."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from pilotage.engine.loading.check import extractor_of, rule_of
from pilotage.engine.loading.columns import Table
from pilotage.engine.loading.extraction import Extractor
from pilotage.engine.loading.scope import glob
from pilotage.engine.loading.treatment import Rule, together, treated
from pilotage.engine.loading.wrapping import wrapping
from pilotage.ingest.rules import WITHHELD, Wrapping
from pilotage.language.sql.fragments import Sql, any_of, call, identifier, render
from pilotage.model.problem import fail
from pilotage.model.rules import MASK, Extraction, Redaction

Rows = Callable[[str], Sequence[tuple[object, ...]]]
"""Runs a small statement of the engine and gives its rows."""


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """Rules ready to be placed around decodes; `kinds` are their names in order with what they do."""

    rules: tuple[Rule, ...]
    extractors: tuple[Extractor, ...]
    kinds: Mapping[str, str]
    rows: Rows

    def wrapping(self, table: str, columns: Collection[str]) -> Wrapping | None:
        """What goes around a decode of `table` with these columns; None when no rule concerns it."""
        return wrapping(Table(table, frozenset(columns)), self.rules, self.extractors)

    def scrubbed(self, texts: Sequence[bytes]) -> list[bytes]:
        """Texts of unknown origin with everything hidden that any rule hides in any scope.

        Where a rule goes by names, a text that no decode understood cannot be trusted: it is withheld when a name is found in it, and
        always when there is a list of the only names to keep. Raises `PilotageError` when the engine cannot run.
        """
        if not self.rules or not texts:
            return list(texts)
        joined = ",".join(text.hex() for text in texts)
        pieces = call("arrayJoin", call("splitByChar", ",", joined))
        source = f"(SELECT {render(call('unhex', pieces))} AS w_text)"
        found = self.rows(f"SELECT {render(call('hex', self._scrubbed()))} FROM {source}")
        return [self._without_keys(bytes.fromhex(str(row[0]))) for row in found]

    def _scrubbed(self) -> Sql:
        text = identifier("w_text")
        plain = tuple(
            replace(
                rule,
                clause=None,
                action="mask" if rule.drops_events else rule.action,
                replacement=MASK if rule.drops_events else rule.replacement,
            )
            for rule in self.rules
            if not rule.keep
        )
        names = together(tuple(rule for rule in plain if not rule.pattern)).patterns
        letter = call("if", call("match", text, r"^\s*[\[{]"), "k", "s")
        hidden = call("arrayElement", treated(plain, call("array", text), call("array", letter)), 1) if plain else text
        if any(rule.keep for rule in self.rules):
            return call("if", call("empty", text), "", WITHHELD)
        if not names:
            return hidden
        named = call("match", text, "(?si)" + "|".join(glob(p)[1:-1] for p in names))
        return call("if", any_of([named, call("match", text, r"\\u[0-9a-fA-F]{4}")]), WITHHELD, hidden)

    def _without_keys(self, text: bytes) -> bytes:
        """An error of the engine may quote the statement."""
        for rule in self.rules:
            if rule.key is not None:
                for block in (rule.key.inner, rule.key.outer):
                    text = text.replace(block.encode(), MASK.encode()).replace(block.upper().encode(), MASK.encode())
        return text


def compile_rules(redact: Sequence[Redaction], extract: Sequence[Extraction], rows: Rows) -> CompiledRules:
    """Check and compile. Raises `bad-rule`, naming the rule and its place in the configuration."""
    kinds: dict[str, str] = {}
    rules = [rule_of(number, each, rows) for number, each in enumerate(redact, 1)]
    extractors = [extractor_of(number, each, rows) for number, each in enumerate(extract, 1)]
    sections: dict[str, Sequence[Redaction | Extraction]] = {"redact": redact, "extract": extract}
    for section, entries in sections.items():
        for number, entry in enumerate(entries, 1):
            if entry.name in kinds:
                raise fail(
                    "bad-rule", f"{section}[{number}] has the name `{entry.name}` of an earlier rule", hint="give each rule its own name"
                )
            kinds[entry.name] = entry.kind if isinstance(entry, Extraction) else "keep" if entry.keep else entry.action
    return CompiledRules(tuple(rules), tuple(extractors), kinds, rows)


def only(compiled: CompiledRules, name: str) -> CompiledRules:
    """Just the rule called `name`. Raises `unknown-rule`."""
    if name not in compiled.kinds:
        raise fail("unknown-rule", f"there is no rule `{name}`", hint=f"known: {', '.join(compiled.kinds)}" if compiled.kinds else None)
    rules = tuple(rule for rule in compiled.rules if rule.name == name)
    extractors = tuple(each for each in compiled.extractors if each.name == name)
    return CompiledRules(rules, extractors, {name: compiled.kinds[name]}, compiled.rows)
