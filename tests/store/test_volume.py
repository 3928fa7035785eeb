from __future__ import annotations

import pytest

from pilotage.store import volume as module
from pilotage.store.volume import DayVolume, Range, Sample, volume

DAY = 1_767_571_200
"""2026-01-05 00:00 UTC."""
ALL = Range(DAY, DAY + 2 * 86_400)


def fill(store, index, rows, *, at=DAY, source="s", body=50):
    """Log rows with the attributes `user` (ten values) and `page` (one), and the resource attribute `host.name`."""
    store.backend.execute(
        "INSERT INTO pilotage.logs (`index`, source, time, received, body, attributes, attribute_keys, attribute_types, resource) "
        "SELECT {index:String}, {source:String}, fromUnixTimestamp64Milli({at:Int64} + number), fromUnixTimestamp64Milli({at:Int64}), "
        "randomPrintableASCII({body:UInt32}), [toString(number % 10), '/cart'], concat(char(31), 'user', char(31), 'page', char(31)), 'is', "
        """'{"host.name":"h1"}' FROM numbers({rows:UInt64})""",
        {"index": index, "source": source, "at": at * 1000, "body": body, "rows": rows},
    )


def test_days_sources_and_keys_are_exact_where_little_is_read(store):
    fill(store, "main", 300)
    fill(store, "main", 100, at=DAY + 86_400, source="t")
    fill(store, "web", 50)
    found = volume(store.backend, ALL)
    assert [(d.index, d.signal, d.day, d.rows) for d in found.days] == [
        ("main", "logs", "2026-01-05", 300),
        ("main", "logs", "2026-01-06", 100),
        ("web", "logs", "2026-01-05", 50),
    ]
    assert {(s.index, s.source): s.rows for s in found.sources} == {("main", "s"): 300, ("main", "t"): 100, ("web", "s"): 50}
    keys = {(k.index, k.place, k.key): (k.rows, k.distinct, k.bytes) for k in found.keys}
    assert keys["main", "attributes", "user"] == (400, 10, 400)
    assert keys["main", "attributes", "page"] == (400, 1, 2000)
    assert keys["web", "resource", "host.name"] == (50, 1, 200)
    assert found.samples == [Sample("logs", 450, 1, 1)]


def test_bytes_are_those_of_the_disk_shared_by_content(store):
    fill(store, "main", 500, source="wide", body=1000)
    fill(store, "main", 500, source="narrow", body=10)
    found = volume(store.backend, ALL)
    disk = store.backend.rows("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'logs'")[0][0]
    assert sum(d.bytes for d in found.days) == pytest.approx(disk, rel=0.01)
    assert sum(s.bytes for s in found.sources) == pytest.approx(disk, rel=0.01)
    wide, narrow = found.sources
    assert (wide.source, narrow.source) == ("wide", "narrow")
    assert wide.bytes > 5 * narrow.bytes


def test_the_range_is_of_receipt_and_an_index_may_be_named(store):
    fill(store, "main", 30)
    fill(store, "main", 5, at=DAY + 100)
    fill(store, "web", 7, at=DAY + 100)
    assert [d.rows for d in volume(store.backend, Range(DAY, DAY + 100)).days] == [30]
    assert [d.rows for d in volume(store.backend, Range(DAY + 100, DAY + 101)).days] == [5, 7]
    assert [(d.index, d.rows) for d in volume(store.backend, Range(DAY, DAY + 101, "web")).days] == [("web", 7)]
    assert volume(store.backend, Range(DAY - 100, DAY)).days == []


def test_much_is_sampled_and_little_beside_it_is_not(store, monkeypatch):
    fill(store, "main", 400_000, body=5)
    fill(store, "tiny", 20)
    monkeypatch.setattr(module, "CONTENT_ROWS", 100_000)
    monkeypatch.setattr(module, "SOURCE_ROWS", 100_000)
    found = volume(store.backend, ALL)
    assert found.samples == [Sample("logs", 400_020, 8, 8)]
    assert [d.rows for d in found.days] == [400_000, 20]
    keys = {(k.index, k.key): (k.rows, k.distinct) for k in found.keys}
    assert keys["tiny", "user"] == (20, 10)
    rows, distinct = keys["main", "user"]
    # About six of 49 granules are read.
    assert 8192 * 8 <= rows <= 8192 * 8 * 16
    assert distinct == 10
    sources = {s.index: s.rows for s in found.sources}
    assert sources["tiny"] == 20
    assert sources["main"] == rows


def test_the_largest_come_first_and_no_more_than_asked(store):
    for number in range(5):
        fill(store, "main", 10 * (number + 1), source=f"s{number}")
    found = volume(store.backend, Range(DAY, DAY + 1, None, 2))
    assert [s.source for s in found.sources] == ["s4", "s3"]
    assert len(found.keys) == 2


@pytest.mark.parametrize("budget", [10_000_000, 1_000])
def test_series_are_counted_by_metric(store, monkeypatch, budget):
    monkeypatch.setattr(module, "SERIES_ROWS", budget)
    store.backend.execute(
        "INSERT INTO pilotage.points (`index`, time, received, metric, series, value, attributes) SELECT 'metrics', "
        "fromUnixTimestamp64Milli({at:Int64} + number), fromUnixTimestamp64Milli({at:Int64}), if(number % 10 = 0, 'few', 'many'), "
        """cityHash64(if(number % 10 = 0, number % 20, number % 2000)), 1, concat('{"k":"', toString(number % 3), '"}') """
        "FROM numbers(20000)",
        {"at": DAY * 1000},
    )
    found = volume(store.backend, ALL)
    series = {m.metric: (m.points, m.series) for m in found.metrics}
    if budget > 20_000:
        assert series == {"many": (18_000, 1800), "few": (2000, 2)}
    else:
        points, many = series["many"]
        assert many == pytest.approx(1800, rel=0.4)
        assert points == pytest.approx(18_000, rel=0.4)
    (key,) = [k for k in found.keys if k.place == "attributes"]
    assert (key.signal, key.key, key.rows, key.distinct) == ("metrics", "k", 20_000, 3)


def test_shares_read_small_indexes_whole():
    days = [DayVolume(name, "logs", "", rows, 0) for name, rows in (("a", 10), ("b", 900), ("c", 20), ("b", 100))]
    share = module._Share.of(days, 100)
    assert (share.small, share.every) == ({"a", "c"}, 20)
    assert (share.factor("a"), share.factor("b")) == (1, 20)
    assert module._Share.of(days, 2000).every == 1
