"""What the store promises: types survive, any attribute is found, old data directories open, indexes expire and are backed up."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from sqlglot import exp

from pilotage.model.problem import PilotageError
from pilotage.store.backend import Limits
from pilotage.store.backends.chdb import ChdbBackend
from pilotage.store.migration import migrate, version
from pilotage.store.open import Store, open_store
from pilotage.store.promotion import USES_TO_PROMOTE, promote
from pilotage.store.retention import expire, usage
from pilotage.store.schema import MIGRATIONS

TYPED = {
    "zero": ("0", "i"),
    "empty": ("", "s"),
    "no": ("false", "b"),
    "half": ("0.5", "d"),
    "big": ("9223372036854775807", "i"),
    "raw": ("AP8Q", "x"),
    "nothing": ("", "n"),
    "list": ('["a",1]', "a"),
    "it's `odd` \\ name": ("x", "s"),
}


def log(
    index: str = "main", *, received: str = "2026-01-01 00:00:00", attributes: dict[str, tuple[str, str]] | None = None, **columns: str
) -> dict:
    """One row; `attributes` name → (text, type letter)."""
    pairs = attributes or {}
    return {
        "index": index,
        "time": received,
        "received": received,
        "attributes": [text for text, _ in pairs.values()],
        "attribute_keys": "\x1f" + "\x1f".join(pairs) + "\x1f" if pairs else "",
        "attribute_types": "".join(letter for _, letter in pairs.values()),
        **columns,
    }


def insert(store: Store, *rows: dict) -> None:
    table = pa.Table.from_pylist(list(rows))
    for name, unit in (("time", "ns"), ("received", "ms")):
        moments = table.column(name).cast(pa.timestamp(unit)).cast(pa.timestamp(unit, "UTC"))
        table = table.set_column(table.column_names.index(name), name, moments)
    attributes = table.column("attributes").cast(pa.list_(pa.string()))
    table = table.set_column(table.column_names.index("attributes"), "attributes", attributes)
    store.backend.insert("pilotage.logs", table)


def test_an_attribute_whose_name_begins_like_a_prefix_is_found(store: Store) -> None:
    attributes = {"resource.labels.zone": ("a", "s"), "scope.k": ("b", "s")}
    insert(store, log(attributes=attributes, scope='{"k":"own"}'))
    found = [store.catalogue.field("logs", name).value.sql("clickhouse") for name in ("resource.labels.zone", "scope.k")]
    assert store.backend.rows(f"SELECT {', '.join(found)} FROM pilotage.logs") == [("a", "own")]


def test_rows_of_many_indexes_arrive_in_one_insert(store: Store) -> None:
    insert(store, *(log(f"index-{number}") for number in range(150)))
    assert store.backend.rows("SELECT count(), uniqExact(index) FROM pilotage.logs") == [(150, 150)]


def read(store: Store, name: str, table: str = "logs") -> tuple[object, ...]:
    found = store.catalogue.field(table, name)
    letter = found.type if found.type is not None else exp.null()
    return store.backend.rows(exp.select(found.value.as_("v"), letter.as_("t")).from_(f"pilotage.{table}").sql("clickhouse"))[0]


@pytest.mark.parametrize(("name", "expected"), TYPED.items())
def test_attribute_keeps_value_and_type(store: Store, name: str, expected: tuple[str, str]) -> None:
    insert(store, log(attributes=TYPED))
    assert read(store, name) == expected


def test_absent_attribute_is_null(store: Store) -> None:
    insert(store, log(attributes=TYPED))
    assert read(store, "unheard")[0] is None


def test_resource_stands_behind_attributes_and_owns_service(store: Store) -> None:
    resource = '{"service.name":"pay","k":1,"both":"resource"}'
    insert(store, log(attributes={"both": ("record", "s"), "service.name": ("liar", "s")}, resource=resource))
    assert [read(store, n)[0] for n in ("k", "both", "resource.both", "service.name")] == ["1", "record", "resource", "pay"]


def test_remainder_is_typed_json(store: Store) -> None:
    insert(store, log(attributes=TYPED, resource='{"service.name":"pay","zero":"shadowed"}', scope='{"name":"lib"}'))
    tree = store.catalogue.remainder("logs", ("half",))
    pairs = store.backend.rows(exp.select(tree.as_("r")).from_("pilotage.logs").sql("clickhouse"))[0][0]
    assert isinstance(pairs, list)
    assert dict(tuple(p.values()) for p in pairs) == {
        "zero": "0",
        "empty": '""',
        "no": "false",
        "big": '"9223372036854775807"',
        "raw": '"AP8Q"',
        "nothing": "null",
        "list": '["a",1]',
        "it's `odd` \\ name": '"x"',
        "service.name": '"pay"',
        "resource.zero": '"shadowed"',
        "scope.name": '"lib"',
    }


def test_members_say_the_same_as_pairs(store: Store) -> None:
    edge = {"odd": ("9007199254740992", "i"), "even": ("-9007199254740993", "i"), "inf": ("Infinity", "d"), "service.name": ("liar", "s")}
    resource = '{"service.name":"pay","zero":"shadowed","index":"r","huge":12345678901234567,"edge":9007199254740991}'
    insert(store, log(attributes={**TYPED, **edge}, resource=resource, scope='{"name":"lib"}'), log())
    pairs, members = store.catalogue.remainder("logs", ()), store.catalogue.remainder_members("logs")
    statement = exp.select(pairs.as_("p"), members.as_("m")).from_("pilotage.logs").sql("clickhouse")
    texts = []
    for found, text in store.backend.rows(statement):
        assert isinstance(found, list)
        assert "".join(f",{json.dumps(name)}:{value}" for name, value in (tuple(p.values()) for p in found)) == text
        texts.append(json.loads("{" + str(text)[1:] + "}"))
    told = next(t for t in texts if t)
    assert (told["odd"], told["even"], told["inf"]) == (9007199254740992, "-9007199254740993", "Infinity")
    assert (told["service.name"], told["attributes.service.name"], told["resource.index"]) == ("pay", "liar", "r")
    assert (told["huge"], told["edge"]) == ("12345678901234567", 9007199254740991)


def test_known_fields_and_indexes(store: Store) -> None:
    insert(store, log("it's", attributes={"a.b": ("1", "i")}, resource='{"r":1}'), log("_internal", attributes={"hidden": ("1", "i")}))
    assert store.catalogue.indexes() == ("_internal", "it's")
    known = store.catalogue.known_fields(("*",))
    assert {"a.b", "r", "_time"} <= set(known)
    assert "hidden" not in known
    assert store.catalogue.tables(("it's",)) == ("logs",)
    assert store.catalogue.tables(("traces",)) == ("spans",)


def test_older_schema_version_is_upgraded(tmp_path: Path) -> None:
    backend = ChdbBackend(tmp_path / "store")
    migrate(backend, target=1)
    backend.execute("INSERT INTO pilotage.points (`index`, metric, value, number) VALUES ('metrics', 'cpu', 1.5, 'd')")
    assert version(backend) == 1
    backend.close()
    store = open_store(tmp_path / "store")
    try:
        assert version(store.backend) == len(MIGRATIONS)
        assert store.backend.rows("SELECT metric, value, metadata FROM pilotage.points") == [("cpu", 1.5, "")]
        assert "metric_name" in store.catalogue.known_fields(("metrics",))
    finally:
        store.close()


def test_interrupted_migration_is_finished(tmp_path: Path) -> None:
    backend = ChdbBackend(tmp_path / "store")
    migrate(backend, target=1)
    for statement in MIGRATIONS[1][:-1]:
        backend.execute(statement.format(database="pilotage"))
    migrate(backend)
    assert version(backend) == len(MIGRATIONS)
    backend.close()


def test_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    backend = ChdbBackend(tmp_path / "store")
    migrate(backend)
    backend.execute("INSERT INTO pilotage.schema_versions VALUES (999, now64(3))")
    with pytest.raises(PilotageError, match="store-newer"):
        migrate(backend)
    backend.close()


def test_retention_counts_from_receipt_and_touches_its_index_only(store: Store) -> None:
    insert(store, log("short"), log("long"), log("short", received="2100-01-01 00:00:00"))
    assert expire(store.backend, {"short": 3600.0}) == {"short": 1}
    left = {u.index: u.rows for u in usage(store.backend)}
    assert left["long"] == 1
    assert store.backend.rows("SELECT count() FROM pilotage.logs WHERE `index` = 'short'") == [(1,)]


def test_usage_is_a_figure_an_index(store: Store) -> None:
    insert(store, log("a"), log("a"), log("b"))
    assert [(u.index, u.rows, u.bytes_on_disk > 0) for u in usage(store.backend)] == [("a", 2, True), ("b", 1, True)]


def test_hot_attributes_are_promoted_and_read_the_same(store: Store) -> None:
    insert(store, log(attributes=TYPED))
    store.catalogue.known_fields(("main",))
    for _ in range(USES_TO_PROMOTE):
        store.catalogue.used("logs", "zero")
    store.catalogue.used("logs", "half")
    assert promote(store.backend, store.catalogue, Counter()) == [("logs", "zero")]
    assert read(store, "zero") == ("0", "i")
    insert(store, log(attributes={"other": ("1", "i")}), log(attributes={"zero": ("7", "s")}))
    found = store.catalogue.field("logs", "attributes.zero")
    assert "attribute.zero" in found.value.sql("clickhouse")
    values = store.backend.rows(exp.select(found.value.as_("v")).from_("pilotage.logs").sql("clickhouse") + " ORDER BY v")
    assert values == [("0",), ("7",), (None,)]


def test_backup_restores_to_equal_answers(tmp_path: Path) -> None:
    first = open_store(tmp_path / "a")
    insert(first, log(attributes=TYPED, body="hello"))
    first.backup(tmp_path / "backup")
    with pytest.raises(PilotageError, match="backup-exists"):
        first.backup(tmp_path / "backup")
    wanted = first.backend.rows("SELECT * FROM pilotage.logs")
    first.close()
    second = open_store(tmp_path / "b")
    second.restore(tmp_path / "backup")
    assert second.backend.rows("SELECT * FROM pilotage.logs") == wanted
    with pytest.raises(PilotageError, match="store-not-empty"):
        second.restore(tmp_path / "backup")
    second.close()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO pilotage.logs (`index`) VALUES ('x')",
        "SELECT * FROM file('/etc/hostname', LineAsString)",
        "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
        "SET readonly = 0",
        "SELECT 1 SETTINGS max_execution_time = 1000",
        "DROP TABLE pilotage.logs",
    ],
)
def test_read_session_only_reads(store: Store, statement: str) -> None:
    reader = store.backend.reader(Limits())
    with pytest.raises(PilotageError, match="engine-error"):
        list(reader.text(statement))
    reader.close()


def test_limits_of_a_read_session(store: Store) -> None:
    for limits, code in (
        (Limits(seconds=0.2), "query-timeout"),
        (Limits(memory_bytes=50_000_000), "query-memory"),
        (Limits(rows_read=10), "query-rows"),
    ):
        reader = store.backend.reader(limits)
        with pytest.raises(PilotageError, match=code):
            list(reader.text("SELECT toString(uniqExact(number, sipHash64(number))) FROM system.numbers"))
        reader.close()


def test_cancelled_from_another_thread(store: Store) -> None:
    import threading

    reader = store.backend.reader(Limits(seconds=60))
    stream = reader.text("SELECT toString(number) FROM system.numbers")
    next(stream)
    threading.Thread(target=reader.cancel).start()
    with pytest.raises(PilotageError, match="query-cancelled"):
        for _ in stream:
            pass
    reader.close()


def test_unknown_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(PilotageError, match="no store backend for `oracle://`"):
        open_store("oracle://x")


def test_little_is_made_ahead_of_a_reader(store: Store) -> None:
    reader = store.backend.reader(Limits(memory_bytes=400_000_000))
    wide = "SELECT repeat('x', 1000) || toString(number) FROM numbers(200000)"
    rows = reader.text(wide)
    assert len(next(rows)) < 20_000_000
    rows.close()
    assert sum(piece.count(b"\n") for piece in reader.text(f"{wide} ORDER BY 1")) == 200_000
    reader.close()
