"""The SQL around the decode of one table.

A row pays one look at its texts (every pattern and name in one alternation). Only for a row where that finds something are the texts
gathered into one array, treated by one lambda, and put back: the statement holds each rule twice, not once a column.
"""

from __future__ import annotations

import re

from sqlglot import exp

from pilotage.engine.loading.columns import LISTS, SEPARATOR, Level, Table, decoded, joined_keys, key_list, letter_list, named, no_texts
from pilotage.engine.loading.extraction import Extractor, extracted
from pilotage.engine.loading.naming import by_name
from pilotage.engine.loading.redaction import BINARY, lambdas
from pilotage.engine.loading.scope import scope_sql
from pilotage.engine.loading.treatment import OWN, Rule, guard, joinable, treated
from pilotage.ingest.rules import Wrapping
from pilotage.language.sql.fragments import (
    Sql,
    all_of,
    any_of,
    array,
    call,
    identifier,
    infix,
    lambda_,
    literal,
    negation,
    parameter,
    render,
)
from pilotage.model.names import DEAD_LETTER_INDEX, INTERNAL_INDEX

_BINARY = rf'"(?:{"|".join(map(re.escape, BINARY))})"'
_HIDDEN_JSON = '{"redacted":true}'


def wrapping(table: Table, rules: tuple[Rule, ...], extractors: tuple[Extractor, ...]) -> Wrapping | None:
    """Everything the rules do to the rows of a table; None when nothing."""
    extractors = extractors if table.name == "logs" and "body" in table.columns else ()
    if not rules and not extractors:
        return None
    now: dict[str, Sql] = {name: decoded(name) for name in table.columns} | table.lists()
    levels = [_scopes(table, rules)]
    textual = tuple(rule for rule in rules if not rule.keep)
    if textual:
        levels += [_gathered(table), _treated(textual), _put_back(table)]
        now |= dict(levels[-1].changes)
    if extractors:
        levels += extracted(extractors, table, now)
        now |= dict(levels[-1].changes)
    for level in by_name(table, rules, now):
        levels.append(level)
        now |= dict(level.changes)
    keys = table.lists().get("attribute_keys")
    marks = {rule.name: render(rule.mark(keys)) for rule in rules}
    marks |= {each.name: render(call("notEmpty", identifier(each.column))) for each in extractors}
    kept = render(negation(identifier("w_dropped"))) if any(rule.drops_events for rule in rules) else ""
    columns = {name: render(now[name]) for name in sorted(now)}
    items = tuple(tuple(map(_plain, level.items)) for level in levels if level.items)
    return Wrapping(items, columns, kept, {name: _plain(sql) for name, sql in marks.items()})


def _plain(sql: str) -> str:
    """A person's text may hold what the loader puts the segment in place of."""
    return sql.replace("{segment}", "{segmen\\x74}")


def _scopes(table: Table, rules: tuple[Rule, ...]) -> Level:
    """Whether each rule concerns the row, where that is not the same for all, and whether the row has to be treated."""
    own = identifier(OWN)
    items = [named(OWN, call("in", decoded("index"), call("tuple", DEAD_LETTER_INDEX, INTERNAL_INDEX)))]
    for rule in rules:
        scope: Sql = exp.Boolean(this=True) if rule.clause is None else scope_sql(rule.clause, table.metadata)
        if rule.keep or rule.drops_events:
            items.append(named(rule.column, all_of([scope, negation(own)])))
        elif rule.clause is not None:
            # What could not be loaded, and what the server says itself, may quote data of any scope.
            items.append(named(rule.column, any_of([own, scope])))
    textual = tuple(rule for rule in rules if not rule.keep)
    if textual:
        items.append(named("w_hit", _hit(table, textual)))
    return Level(tuple(items))


def _hit(table: Table, rules: tuple[Rule, ...]) -> Sql:
    """Whether some text of the row may have to be treated; never false when one must."""
    pattern = guard(rules)
    plain: list[Sql] = [decoded(name) for name in table.texts]
    looks: list[Sql] = []
    if table.listed:
        attributes, keys, types = table.lists().values()
        joined = call("arrayStringConcat", attributes, "\n")
        letters = call("concat", _body_letter(table), types)
        layered = call("match", call("concat", table.metadata("_raw"), joined), rf"\\|{_BINARY}")
        looks = [call("match", letters, "x"), call("and", call("match", letters, "[ak]"), layered)]
        plain += [joined, call("translate", keys, SEPARATOR, "\n")]
    if joinable(rules):
        looks.insert(0, call("match", call("concatWithSeparator", "\n", *plain), "(?m)" + pattern))
    else:
        every: Sql = array(decoded(name) for name in table.texts)
        if table.listed:
            every = call("arrayConcat", every, attributes, key_list(keys, attributes))
        looks.insert(0, call("arrayExists", lambda_("x", call("match", parameter("x"), pattern)), every))
    for name in table.jsons:
        # The engine escapes every slash, which says nothing; other escapes may hide something.
        looks.append(call("match", call("replaceAll", decoded(name), "\\/", "/"), pattern))
        looks.append(call("match", decoded(name), rf"\\[^/]|{_BINARY}"))
    return call("or", *looks) if len(looks) > 1 else looks[0]


def _body_letter(table: Table) -> Sql:
    if "body" not in table.columns:
        return literal("")
    given = decoded("body_type") if "body_type" in table.columns else literal("s")
    return call("if", call("match", decoded("body"), r"^\s*[\[{]"), "k", given)


def _gathered(table: Table) -> Level:
    """All texts of a hit row in one array, and a letter each that says how to read it."""
    texts: Sql = array(decoded(name) for name in (*table.texts, *table.jsons))
    letters: Sql = array([*(_body_letter(table) if n == "body" else literal("s") for n in table.texts), *("k" for _ in table.jsons)])
    if table.listed:
        attributes, keys, types = table.lists().values()
        texts = call("arrayConcat", texts, attributes, key_list(keys, attributes))
        of_keys = call("arrayWithConstant", call("length", attributes), "s")
        letters = call("arrayConcat", letters, letter_list(types, attributes), of_keys)
    hit = identifier("w_hit")
    return Level((named("w_texts", call("if", hit, texts, no_texts())), named("w_letters", call("if", hit, letters, no_texts()))))


def _treated(rules: tuple[Rule, ...]) -> Level:
    texts, letters = identifier("w_texts"), identifier("w_letters")
    items = [named("w_clean", call("if", identifier("w_hit"), treated(rules, texts, letters), no_texts()))]
    dropping = [all_of([rule.here, rule.somewhere(texts)]) for rule in rules if rule.drops_events]
    if dropping:
        items.append(named("w_dropped", any_of(dropping)))
    return Level(tuple(items))


def _put_back(table: Table) -> Level:
    """The columns after the rules on texts."""
    hit, clean = identifier("w_hit"), identifier("w_clean")
    fixed = (*table.texts, *table.jsons)
    new: dict[str, Sql] = {}
    for place, name in enumerate(fixed, 1):
        text: Sql = call("arrayElement", clean, place)
        if name in table.jsons:
            text = call("if", call("or", call("empty", text), call("isValidJSON", text)), text, _HIDDEN_JSON)
        new[name] = call("if", hit, text, decoded(name))
    if table.listed:
        attributes, keys, types = table.lists().values()
        size = call("length", attributes)
        # Resized, because the engine works these out for rows without a hit too.
        values = call("arrayResize", call("arraySlice", clean, len(fixed) + 1, size), size, "")
        names = call("arrayResize", call("arraySlice", clean, infix(exp.Add, size, literal(len(fixed) + 1)), size), size, "")
        letters = _letters(values, attributes, letter_list(types, attributes))
        treated_lists = (values, joined_keys(names), letters)
        for name, sql, old in zip(LISTS, treated_lists, (attributes, keys, types), strict=True):
            new[name] = call("if", hit, sql, old)
    items = tuple(named(f"n_{name}", sql) for name, sql in new.items())
    return Level(items, tuple((name, identifier(f"n_{name}")) for name in new))


def _letters(new: Sql, old: Sql, letters: Sql) -> Sql:
    """The types after treatment: what was a number and is hidden is a text."""
    letter = parameter("l")
    stays = call("or", infix(exp.EQ, parameter("a"), parameter("b")), call("in", letter, call("tuple", "s", "a", "k", "x")))
    return call("arrayStringConcat", call("arrayMap", lambdas(("a", "b", "l"), call("if", stays, letter, "s")), new, old, letters))
