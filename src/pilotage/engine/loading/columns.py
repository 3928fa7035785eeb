"""The columns of the tables that data are loaded into: which hold what senders wrote, and how their SQL is named on the way."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.sql.fragments import Sql, call, identifier, literal, render

_ORIGIN = ("host", "source", "service", "sourcetype", "resource_schema_url")
TEXTS = {
    "logs": ("body", *_ORIGIN, "severity", "event_name"),
    "spans": (*_ORIGIN, "name", "status_message", "trace_state"),
    "points": (*_ORIGIN, "metric", "unit", "description"),
    "metric_catalogue": ("metric", "unit", "description"),
}
"""Columns of plain text that come from senders."""
JSONS = {
    "logs": ("resource", "scope"),
    "spans": ("resource", "scope", "events", "links"),
    "points": ("resource", "scope", "attributes", "exemplars", "metadata"),
    "metric_catalogue": (),
}
"""Columns of JSON text made of what senders sent."""
LISTS = ("attributes", "attribute_keys", "attribute_types")
SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Table:
    """A decode's table and the columns it gives."""

    name: str
    columns: frozenset[str]

    @property
    def texts(self) -> tuple[str, ...]:
        """Its plain text columns."""
        return tuple(name for name in TEXTS[self.name] if name in self.columns)

    @property
    def jsons(self) -> tuple[str, ...]:
        """Its JSON text columns."""
        return tuple(name for name in JSONS[self.name] if name in self.columns)

    @property
    def listed(self) -> bool:
        """Whether attributes are three columns of lists."""
        return self.name in ("logs", "spans")

    def lists(self) -> dict[str, Sql]:
        """Attribute texts, joined keys and types, as decoded; empty ones of a decode without attributes."""
        if not self.listed:
            return {}
        if "attributes" in self.columns:
            return {name: decoded(name) for name in LISTS}
        return dict(zip(LISTS, (no_texts(), literal(""), literal("")), strict=True))

    def metadata(self, name: str) -> Sql:
        """A column that a scope may name, or `_raw`; '' when the decode does not give it."""
        column = "body" if name == "_raw" else name
        return decoded(column) if column in self.columns else literal("")


@dataclass(frozen=True, slots=True)
class Level:
    """Named expressions over what is below, and the columns they change as (column, its new SQL)."""

    items: tuple[str, ...]
    changes: tuple[tuple[str, Sql], ...] = ()


def decoded(name: str) -> Sql:
    """A column as decoded."""
    return identifier(f"c_{name}")


def named(name: str, sql: Sql) -> str:
    """`sql AS name`."""
    return f"{render(sql)} AS `{name}`"


def no_texts() -> Sql:
    """An empty `Array(String)`."""
    return call("arrayResize", call("array", ""), 0)


def key_list(keys: Sql, attributes: Sql) -> Sql:
    """`Array(String)`: the keys, as many as there are attributes."""
    size = call("length", attributes)
    return call("arrayResize", call("arraySlice", call("splitByChar", SEPARATOR, keys), 2, size), size, "")


def joined_keys(keys: Sql) -> Sql:
    """The text of a list of keys; '' for none."""
    joined = call("concat", SEPARATOR, call("arrayStringConcat", keys, SEPARATOR), SEPARATOR)
    return call("if", call("empty", keys), "", joined)


def letter_list(types: Sql, attributes: Sql) -> Sql:
    """`Array(String)`: the type letters, as many as there are attributes."""
    return call("arrayResize", call("ngrams", types, 1), call("length", attributes), "s")
