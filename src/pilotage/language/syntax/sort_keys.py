"""Sort keys, as `sort` and `dedup … sortby` take them: `-ms, +num(size), ip(address)`."""

from __future__ import annotations

import re
from dataclasses import replace

from pilotage.language.plan.nodes import SortKey
from pilotage.language.syntax.arguments import Arguments, word_text

_KIND = re.compile(r"(auto|num|str|ip)\s*\(", re.IGNORECASE)
_ORDER = re.compile(r"(desc|d|asc|a)\s*", re.IGNORECASE)


def read_sort_keys(arguments: Arguments) -> tuple[SortKey, ...]:
    """Keys up to the end; a trailing `desc` or `d` turns all of them round. At least one is needed."""
    keys: list[SortKey] = []
    while True:
        arguments.take_options()
        if arguments.done():
            break
        order = arguments.see(_ORDER)
        if keys and order and order.end() == arguments.end:
            arguments.position = order.end()
            if order[1].lower().startswith("d"):
                keys = [replace(key, descending=not key.descending) for key in keys]
            break
        keys.append(_key(arguments))
    if not keys:
        raise arguments.unexpected("a field to sort by")
    return tuple(keys)


def _key(arguments: Arguments) -> SortKey:
    descending = arguments.accept("-")
    if not descending:
        arguments.accept("+")
    arguments.space()
    kind = arguments.take(_KIND)
    field = arguments.read_word("a field to sort by").text
    if kind:
        arguments.expect(")", f"closing `{kind[1]}(`")
    return SortKey(field, descending, kind[1].lower() if kind else "auto")


def sort_keys_text(keys: tuple[SortKey, ...]) -> str:
    """The keys, each with its sign, so that none is taken for a trailing `desc`."""
    shown = ((f"{key.kind}({word_text(key.field)})" if key.kind != "auto" else word_text(key.field), key.descending) for key in keys)
    return ", ".join(f"{'-' if descending else '+'}{text}" for text, descending in shown)
