"""What the store holds, as planning asks it: tables, indexes and fields. Implements `language.catalogue.Catalogue`."""

from __future__ import annotations

import fnmatch
import threading
import time
from collections import Counter
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

from pilotage.model.fields import FieldSource
from pilotage.model.names import LOGS_INDEX, ValueType
from pilotage.store.backend import Backend
from pilotage.store.schema import DATABASE, EVENT_TABLES, INDEX_OF_PARTITION, PROMOTED_PREFIX

if TYPE_CHECKING:
    from sqlglot import exp

REFRESH_SECONDS = 2.0


def _fields() -> ModuleType:
    """The module of field expressions: it needs sqlglot, half a CPU-second that a server without queries never spends."""
    from pilotage.store import fields  # noqa: PLC0415 - see above

    return fields


class StaticCatalogue:
    """The half that needs no engine: any index may hold logs, nothing is promoted, no field is known beyond the fixed ones."""

    def tables(self, indexes: tuple[str, ...]) -> tuple[str, ...]:
        """`spans` and `points` for their default indexes, else `logs`."""
        homes = {"traces": "spans", "metrics": "points"}
        return tuple(dict.fromkeys(homes.get(i, "logs") for i in indexes)) or ("logs",)

    def indexes(self) -> tuple[str, ...]:
        """The default log index."""
        return (LOGS_INDEX,)

    def fixed(self, table: str) -> dict[str, FieldSource]:
        """The fixed fields of `table` in display order."""
        fixed: dict[str, FieldSource] = _fields().FIXED[table]
        return fixed

    def field(self, table: str, name: str) -> FieldSource:
        """Any field of `table` by name."""
        found: FieldSource = _fields().source(table, name)
        return found

    def known_fields(self, indexes: tuple[str, ...]) -> tuple[str, ...]:
        """The fixed fields of the matching tables."""
        return tuple(dict.fromkeys(f for t in self.tables(indexes) for f in _fields().FIXED[t]))

    def remainder(self, table: str, excluded: tuple[str, ...]) -> exp.Expression:
        """The row's other fields; see `store.remainder`."""
        from pilotage.store.remainder import remainder  # noqa: PLC0415 - needs sqlglot, as `_fields`

        return remainder(table, excluded)

    def remainder_members(self, table: str) -> exp.Expression:
        """The row's other fields as members of a JSON object; see `store.remainder`."""
        from pilotage.store.remainder import remainder_members  # noqa: PLC0415 - needs sqlglot, as `_fields`

        return remainder_members(table)

    def used(self, table: str, name: str) -> None:
        """Nothing is counted without a store."""


class LiveCatalogue(StaticCatalogue):
    """Reads the tables; field names follow the inserts at most `REFRESH_SECONDS` behind, indexes at once."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._lock = threading.Lock()
        self._places: dict[str, dict[str, set[str]]] = {}
        self._horizon = dict.fromkeys(EVENT_TABLES, 0)
        self._refreshed = 0.0
        self._held: tuple[int, dict[str, set[str]]] | None = None
        self._promoted: dict[str, frozenset[str]] = {}
        self._lists: frozenset[str] = frozenset()
        self._whole: frozenset[str] = frozenset()
        self._followed = -1
        self._uses: Counter[tuple[str, str]] = Counter()
        self.read_promoted()
        self._read_names()
        # Where an earlier run left off: a store of millions of rows is not read again at every start.
        for table, last in backend.rows(f"SELECT origin, toUnixTimestamp64Milli(max(last)) FROM {DATABASE}.field_names GROUP BY origin"):
            if isinstance(last, int):
                self._horizon[str(table)] = last

    def _index_tables(self) -> dict[str, set[str]]:
        """Index → tables that hold rows of it, read again only after a write."""
        changes = self._backend.changes()
        known = self._held
        if known is None or known[0] != changes:
            known = self._held = (changes, self._read_index_tables())
        return known[1]

    def _read_index_tables(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for table, index in self._backend.rows(
            f"SELECT DISTINCT table, {INDEX_OF_PARTITION} FROM system.parts WHERE active AND rows > 0 AND database = {{database:String}} "
            "AND table IN ('logs', 'spans', 'points')",
            {"database": DATABASE},
        ):
            found.setdefault(str(index), set()).add(str(table))
        return found

    def indexes(self) -> tuple[str, ...]:
        """Every index with rows, sorted."""
        return tuple(sorted(self._index_tables()))

    def tables(self, indexes: tuple[str, ...]) -> tuple[str, ...]:
        """The tables that hold rows of any index matching one of the patterns; what the names suggest when none does."""
        present = self._index_tables()
        held = {t for index, tables in present.items() if _matches(index, indexes) for t in tables}
        return tuple(t for t in EVENT_TABLES if t in held) or super().tables(indexes)

    def field(self, table: str, name: str) -> FieldSource:
        """Any field of `table` by name; a promoted attribute comes from its own column."""
        self._follow_writes()
        if name in self._whole:
            name = f"attributes.{name}"
        in_scope = any("scope" in places.get(name, ()) for places in self._places.values())
        found: FieldSource = _fields().source(table, name, promoted=self._promoted.get(table, frozenset()), in_scope=in_scope)
        return replace(found, lists=True) if name.removeprefix("attributes.") in self._lists else found

    def _follow_writes(self) -> None:
        """As `refresh`, but only when something was written since."""
        if self._followed != self._backend.changes():
            self.refresh()

    def known_fields(self, indexes: tuple[str, ...]) -> tuple[str, ...]:
        """Fixed fields first, then every attribute, resource and scope name seen in the matching indexes, sorted."""
        self.refresh()
        fixed = super().known_fields(self.tables(indexes)) if not indexes else self._fixed_of(indexes)
        seen: set[str] = set()
        with self._lock:
            for index, places in self._places.items():
                if _matches(index, indexes):
                    seen.update(f"scope.{n}" if p == {"scope"} else n for n, p in places.items())
        return tuple(dict.fromkeys((*fixed, *sorted(seen))))

    def _fixed_of(self, indexes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f for t in self.tables(indexes) for f in _fields().FIXED[t]))

    def used(self, table: str, name: str) -> None:
        """Count a use of an attribute; `promote` reads the counts."""
        if table in ("logs", "spans") and name not in _fields().FIXED[table] and name[:1] != ".":
            with self._lock:
                self._uses[table, name.removeprefix("attributes.")] += 1

    def uses(self) -> int:
        """How many attributes were used since the last `take_uses`."""
        return len(self._uses)

    def take_uses(self) -> Counter[tuple[str, str]]:
        """The uses counted since the last call."""
        with self._lock:
            uses, self._uses = self._uses, Counter()
        return uses

    def promoted(self, table: str) -> frozenset[str]:
        """Attributes of `table` that have a column of their own."""
        return self._promoted.get(table, frozenset())

    def read_promoted(self) -> None:
        """Learn from the tables themselves which attributes are promoted."""
        found: dict[str, set[str]] = {}
        for table, column in self._backend.rows(
            "SELECT table, name FROM system.columns WHERE database = {database:String} AND startsWith(name, {prefix:String})",
            {"database": DATABASE, "prefix": PROMOTED_PREFIX},
        ):
            found.setdefault(str(table), set()).add(str(column).removeprefix(PROMOTED_PREFIX))
        self._promoted = {table: frozenset(names) for table, names in found.items()}

    def refresh(self) -> None:
        """Bring field names and the metric catalogue up to the rows inserted since the last call (at most every `REFRESH_SECONDS`)."""
        with self._lock:
            if time.monotonic() - self._refreshed < REFRESH_SECONDS:
                return
            self._refreshed = time.monotonic()
        changes = self._backend.changes()
        # All names are read again only when some may be new: a store of many indexes has hundreds of thousands.
        grown = [self._follow(table) for table in EVENT_TABLES]
        if any(grown):
            self._read_names()
        self._followed = changes

    def _follow(self, table: str) -> bool:
        """Note the names of rows received since the horizon; five seconds of overlap cover inserts that finish out of order.

        Whether there were such rows.
        """
        newest = self._backend.rows(f"SELECT toUnixTimestamp64Milli(max(received)) FROM {DATABASE}.{table}")[0][0]
        horizon = self._horizon[table]
        if not isinstance(newest, int) or newest <= horizon:
            return False
        since = {"since": max(0, horizon - 5_000)}
        fresh = "received >= fromUnixTimestamp64Milli({since:Int64})"
        # First the distinct sets, all columns of dictionaries, then the names in them: naming row by row cost 2.5 CPU-us a row, this 0.2.
        sets = f"SELECT `index`, {_SETS[table]}, max(received) AS r FROM {DATABASE}.{table} WHERE {fresh} GROUP BY ALL"
        self._backend.execute(
            f"INSERT INTO {DATABASE}.field_names SELECT '{table}', `index`, place, f.1, f.2, max(r) FROM ("
            f"SELECT `index`, r, place, arrayJoin(arrayZip(n, t)) AS f FROM ({sets}) "
            f"ARRAY JOIN {_PLACES[table]}) GROUP BY `index`, place, f",
            since,
        )
        if table == "points":
            self._backend.execute(
                f"INSERT INTO {DATABASE}.metric_catalogue SELECT {_METRIC}, max(received) "
                f"FROM {DATABASE}.points WHERE {fresh} GROUP BY {_METRIC}",
                since,
            )
        self._horizon[table] = newest
        return True

    def _read_names(self) -> None:
        places: dict[str, dict[str, set[str]]] = {}
        lists: set[str] = set()
        names = f"SELECT `index`, name, place, max(type IN ('{ValueType.ARRAY}', 'Array')) FROM {DATABASE}.field_names GROUP BY ALL"
        for index, name, place, array in self._backend.rows(names):
            places.setdefault(str(index), {}).setdefault(str(name), set()).add(str(place))
            if array:
                lists.add(str(name))
        whole = _whole_names(places)
        with self._lock:
            self._places, self._lists, self._whole = places, frozenset(lists), whole


def _whole_names(places: dict[str, dict[str, set[str]]]) -> frozenset[str]:
    """Attributes whose own name begins with a prefix, such as `resource.labels.zone`, where the prefix means nothing else."""
    found: set[str] = set()
    for name in {name for names in places.values() for name, where in names.items() if "attributes" in where}:
        prefix, _, key = name.partition(".")
        if key and prefix in ("attributes", "scope", "resource") and not any(prefix in names.get(key, ()) for names in places.values()):
            found.add(name)
    return frozenset(found)


_RECORD_NAMES = "if(attribute_keys = '', [], arrayPopFront(arrayPopBack(splitByChar('\x1f', attribute_keys))))"
_METRIC = "`index`, metric, type, unit, description, temporality, monotonic"


def _json_names(column: str) -> tuple[str, str]:
    """SQL for the member names of a JSON text and their types."""
    keys = f"JSONExtractKeys({column})"
    return keys, f"arrayMap(k -> toString(JSONType({column}, k)), {keys})"


def _places(attributes: tuple[str, str]) -> str:
    """ARRAY JOIN list of the places names come from, with the names `n` and types `t` of each."""
    names, types = zip(attributes, _json_names("resource"), _json_names("scope"), strict=True)
    return f"['attributes', 'resource', 'scope'] AS place, [{', '.join(names)}] AS n, [{', '.join(types)}] AS t"


_OF_RECORDS = _places((_RECORD_NAMES, "ngrams(attribute_types, 1)"))
_PLACES = {"logs": _OF_RECORDS, "spans": _OF_RECORDS, "points": _places(_json_names("attributes"))}
_RECORD_SETS = "attribute_keys, attribute_types, resource, scope"
_SETS = {"logs": _RECORD_SETS, "spans": _RECORD_SETS, "points": "attributes, resource, scope"}


def _matches(index: str, patterns: tuple[str, ...]) -> bool:
    """Whether `index` matches one of the `*` patterns; a leading underscore must be asked for."""
    return any(fnmatch.fnmatchcase(index, p) and (not index.startswith("_") or p.startswith("_")) for p in patterns)
