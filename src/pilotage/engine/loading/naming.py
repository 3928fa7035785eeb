"""Rules that name fields: values hidden or dropped, and lists of the only fields that survive, over attributes and fixed columns."""

from __future__ import annotations

from sqlglot import exp

from pilotage.engine.loading.columns import Level, Table, decoded, joined_keys, key_list, letter_list, named, no_texts
from pilotage.engine.loading.redaction import kept_members, lambdas
from pilotage.engine.loading.treatment import Rule, together
from pilotage.ingest.rules import WITHHELD
from pilotage.language.sql.fragments import Sql, all_of, any_of, call, identifier, infix, literal, negation, parameter
from pilotage.model.names import DEAD_LETTER_INDEX
from pilotage.model.rules import MASK

SPELLINGS = {
    "body": ("_raw", "body"),
    "host": ("host", "_sourceHost", "host.name"),
    "source": ("source", "_sourceName", "com.splunk.source"),
    "service": ("service", "service.name"),
    "sourcetype": ("sourcetype", "_sourceCategory", "com.splunk.sourcetype"),
    "severity": ("severity", "level"),
    "event_name": ("event_name",),
    "name": ("name",),
    "status_message": ("status_message",),
    "trace_state": ("trace_state",),
    "unit": ("unit",),
    "description": ("description",),
    "events": ("events",),
    "links": ("links",),
    "exemplars": ("exemplars",),
}
"""What a rule may call a fixed column."""
_DIMENSIONS = {"host": ("instance",), "service": ("job",)}
# A rule for every name is not meant to leave events without text and category.
_LITERALLY = ("body", "sourcetype")
_FREE = ("status_message", "events", "links", "exemplars", "metadata")
_OBJECTS = ("resource", "scope", "attributes")


def with_spellings(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The names together with the other spellings of the same metadata."""
    groups = [SPELLINGS[column] for column in ("host", "source", "service")]
    more = [name for group in groups if any(p.lower() in group for p in patterns) for name in group]
    return tuple(dict.fromkeys((*patterns, *more)))


def by_name(table: Table, rules: tuple[Rule, ...], now: dict[str, Sql]) -> tuple[Level, ...]:
    """The levels that treat what is named; `now` are the columns as they are by now."""
    rules = tuple(rule for rule in rules if rule.names.patterns)
    if not rules:
        return ()
    levels = [*_lists(rules, now)] if table.listed else []
    now = dict(now)
    hiding = {name: sql for name in (*table.texts, *table.jsons) if (sql := _hidden(table, name, rules, now[name])) is not None}
    for rule in (None, *(rule for rule in rules if rule.keep)):
        stage, new = ("o_", hiding) if rule is None else (f"k{rule.number}_", _reduced(table, rule, now))
        level = Level(tuple(named(stage + name, sql) for name, sql in new.items()), tuple((n, identifier(stage + n)) for n in new))
        levels.append(level)
        now |= dict(level.changes)
    return tuple(level for level in levels if level.items)


def _names_column(table: Table, column: str, rule: Rule) -> bool:
    """Whether a rule names a fixed column."""
    names = SPELLINGS.get(column, ()) + (_DIMENSIONS.get(column, ()) if table.name == "points" else ())
    return any(name in rule.names.patterns if column in _LITERALLY else rule.names.covers(name) for name in names)


def _hidden(table: Table, column: str, rules: tuple[Rule, ...], old: Sql) -> Sql | None:
    """The column with what the first rule that names it and concerns the row makes of it; None when no rule names it."""
    cases: list[Sql] = []
    if column == "body":
        # Nobody understood it, so nobody can say where in it a name's value stands.
        cases += [infix(exp.EQ, decoded("index"), literal(DEAD_LETTER_INDEX)), literal(WITHHELD)]
    for rule in rules:
        if not rule.keep and _names_column(table, column, rule):
            cases += [rule.here, literal("") if column in table.jsons else rule.value(old)]
    if column == "body":
        cases += [call("and", identifier("w_named"), negation(call("match", old, r"^\s*[\[{]"))), _without(old)]
    return call("multiIf", *cases, old) if cases else None


def _without(text: Sql) -> Sql:
    """A text that is no JSON without the values that are hidden by name, such as those of a CSV record."""
    replaced = call("replaceAll", parameter("b"), parameter("v"), MASK)
    return call("arrayFold", lambdas(("b", "v"), replaced), identifier("w_secrets"), call("toString", text))


def _reduced(table: Table, rule: Rule, now: dict[str, Sql]) -> dict[str, Sql]:
    """The fixed columns that a keep-list changes: texts it does not list, and members of JSON objects."""
    new: dict[str, Sql] = {}
    for column in (*table.texts, *table.jsons):
        if column in _FREE and not _names_column(table, column, rule):
            new[column] = rule.within(literal(""), now[column])
        elif column in _OBJECTS or (column == "body" and not _names_column(table, column, rule)):
            new[column] = rule.within(kept_members(now[column], rule.names), now[column])
    return new


def _lists(rules: tuple[Rule, ...], now: dict[str, Sql]) -> tuple[Level, ...]:
    """Values first, then which of them stay."""
    attributes, keys, types = now["attributes"], now["attribute_keys"], now["attribute_types"]
    touched = (
        call("match", keys, together(tuple(rule for rule in rules if not rule.keep)).joined) if any(not r.keep for r in rules) else None
    )
    concerned = any_of([*([touched] if touched is not None else []), *(rule.here for rule in rules if rule.keep)])
    names = key_list(keys, attributes)
    key, old, letter = parameter("k"), parameter("v"), parameter("l")
    new, kind = list[Sql](), list[Sql]()
    for rule in rules:
        if not rule.keep and rule.action != "drop":
            new += [_applies(rule, key), rule.value(old)]
            kind += [_applies(rule, key), literal("s")]
    hit = identifier("w_named")
    hides = [_applies(rule, key) for rule in rules if not rule.keep]
    secret = all_of([call("notEmpty", old), any_of(hides)])
    secrets = call("arrayFilter", lambdas(("v", "k"), secret), attributes, names)
    letters = letter_list(types, attributes)
    values = call("arrayMap", lambdas(("k", "v"), call("multiIf", *new, old) if new else old), names, attributes)
    kinds = call("arrayMap", lambdas(("k", "l"), call("multiIf", *kind, letter) if kind else letter), names, letters)
    stays = all_of([_stays(rule, key) for rule in rules if rule.keep or rule.action == "drop"])
    filtering = any(rule.keep or rule.action == "drop" for rule in rules)

    def kept(items: Sql) -> Sql:
        return call("arrayFilter", lambdas(("i", "k"), stays), items, names) if filtering else items

    items = (
        named("w_secrets", call("if", hit, secrets, no_texts())),
        named("o_attributes", call("if", hit, kept(values), attributes)),
        named("o_attribute_keys", call("if", hit, joined_keys(kept(names)), keys)),
        named("o_attribute_types", call("if", hit, call("arrayStringConcat", kept(kinds)), types)),
    )
    changes = tuple((name, identifier(f"o_{name}")) for name in ("attributes", "attribute_keys", "attribute_types"))
    return Level((named("w_named", concerned),)), Level(items, changes)


def _applies(rule: Rule, key: Sql) -> Sql:
    found = call("match", key, rule.names.regex)
    return all_of([rule.here, found]) if rule.scoped else found


def _stays(rule: Rule, key: Sql) -> Sql:
    if rule.keep:
        return any_of([negation(rule.here), call("match", key, rule.names.regex)])
    return negation(_applies(rule, key))
