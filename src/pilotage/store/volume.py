"""What takes the room: rows and bytes per index and day, per source and per attribute key, and series per metric, of a range of receipt.

Counts per day are exact. The rest reads a sample where there is much: whole granules, chosen by a hash, so that the work stays bounded;
small indexes are always read whole, or a sample would miss them. Bytes are estimates: what the rows of an index take on disk on average,
shared out by the length of what the rows hold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from pilotage.store.arrivals import SIGNALS
from pilotage.store.backend import Backend, Limits, Parameters, ReadSession
from pilotage.store.schema import DATABASE, EVENT_TABLES, INDEX_OF_PARTITION

LIMITS = Limits(seconds=20.0, memory_bytes=1 << 30)
CONTENT_ROWS = 1_000_000
SOURCE_ROWS = 20_000_000
SERIES_ROWS = 10_000_000


@dataclass(frozen=True, slots=True)
class Range:
    """Rows received from `earliest` to before `latest` (epoch seconds), of one index or of all; `top` of each list are given."""

    earliest: float
    latest: float
    index: str | None = None
    top: int = 100


@dataclass(frozen=True, slots=True)
class DayVolume:
    """One index on one day (UTC): exact rows, estimated bytes on disk."""

    index: str
    signal: str
    day: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SourceVolume:
    """One source: rows and bytes on disk, both estimated where a sample was read."""

    index: str
    signal: str
    source: str
    sourcetype: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class KeyVolume:
    """One attribute key of the rows (`place` is `attributes`) or of what sent them (`resource`): rows with it.

    `bytes` is the length of its values before compression; `distinct` values are approximate, and of the rows that were read.
    """

    index: str
    signal: str
    place: str
    key: str
    rows: int
    distinct: int
    bytes: int


@dataclass(frozen=True, slots=True)
class MetricVolume:
    """One metric: its points and how many series they belong to, approximate."""

    index: str
    metric: str
    points: int
    series: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Of the `rows` of a signal in the range about one of so many was read to count sources, and to measure keys and contents.

    Small indexes are read whole all the same. Counts are multiplied by it.
    """

    signal: str
    rows: int
    sources_every: int
    keys_every: int


@dataclass(frozen=True, slots=True)
class Volume:
    """The whole answer; lists other than `days` and `samples` end after the largest `top`."""

    days: list[DayVolume]
    sources: list[SourceVolume]
    keys: list[KeyVolume]
    metrics: list[MetricVolume]
    samples: list[Sample]


_CONTENT = {
    "logs": "byteSize(body, attributes)",
    "spans": "byteSize(attributes, events, links) + 100",
    "points": "byteSize(distribution, exemplars) + 40",
}
_SAMPLED = "(has({small:Array(String)}, `index`) OR modulo(cityHash64(_part, intDiv(_part_offset, 8192)), {every:UInt64}) = 0)"
_WRITTEN_KEYS = "if(attribute_keys = '', [], arrayPopFront(arrayPopBack(splitByChar('\x1f', attribute_keys))))"


def volume(backend: Backend, asked: Range) -> Volume:
    """Measure. Raises `query-timeout`, `query-memory` past `LIMITS`, and as every read."""
    session = backend.reader(LIMITS)
    try:
        return _Measure(session, asked, _bytes_a_row(backend)).volume()
    finally:
        session.close()


def _bytes_a_row(backend: Backend) -> dict[tuple[str, str], float]:
    """(table, index) → bytes on disk of an average row."""
    found = backend.rows(
        f"SELECT table, {INDEX_OF_PARTITION} AS i, sum(bytes_on_disk) / sum(rows) FROM system.parts "
        "WHERE active AND rows > 0 AND database = {d:String} AND table IN ('logs', 'spans', 'points') GROUP BY table, i",
        {"d": DATABASE},
    )
    return {(str(table), str(index)): float(str(size)) for table, index, size in found}


@dataclass(frozen=True, slots=True)
class _Share:
    """The indexes that are read whole, and of the rows of the others one of `every`."""

    small: frozenset[str]
    every: int

    @classmethod
    def of(cls, days: list[DayVolume], budget: int) -> _Share:
        """A share of about `budget` rows, half of it for small indexes."""
        rows: Counter[str] = Counter()
        for day in days:
            rows[day.index] += day.rows
        small: set[str] = set()
        left = rows.total()
        for index, count in reversed(rows.most_common()):
            if left > budget and rows.total() - left + count > budget // 2:
                break
            small.add(index)
            left -= count
        return cls(frozenset(small), max(1, -(-left // max(budget // 2, 1))))

    def factor(self, index: str) -> int:
        """By what the counts of an index are multiplied."""
        return 1 if index in self.small else self.every

    def parameters(self) -> dict[str, object]:
        """Of `_SAMPLED`; names of indexes hold no quotes (`model.names.WRITABLE_INDEX`)."""
        return {"every": self.every, "small": "[" + ",".join(f"'{name}'" for name in sorted(self.small)) + "]"}


class _Measure:
    def __init__(self, session: ReadSession, asked: Range, bytes_a_row: dict[tuple[str, str], float]) -> None:
        self._session = session
        self._asked = asked
        self._bytes_a_row = bytes_a_row
        self._where = "received >= fromUnixTimestamp64Milli({earliest:Int64}) AND received < fromUnixTimestamp64Milli({latest:Int64})" + (
            " AND `index` = {index:String}" if asked.index else ""
        )
        self._parameters: dict[str, object] = {
            "earliest": int(asked.earliest * 1000),
            "latest": int(asked.latest * 1000),
            "top": asked.top,
        } | ({"index": asked.index} if asked.index else {})

    def volume(self) -> Volume:
        days, sources, keys, samples = [], [], [], []
        points = 0
        for table in EVENT_TABLES:
            found = self._days(table)
            rows = sum(each.rows for each in found)
            if not rows:
                continue
            counting, measuring = _Share.of(found, SOURCE_ROWS), _Share.of(found, CONTENT_ROWS)
            days += found
            samples.append(Sample(SIGNALS[table], rows, counting.every, measuring.every))
            sources += self._sources(table, counting, measuring)
            keys += self._keys(table, measuring)
            points = rows if table == "points" else 0
        top = self._asked.top
        return Volume(
            days=sorted(days, key=lambda d: (d.index, d.signal, d.day)),
            sources=sorted(sources, key=lambda s: -s.bytes)[:top],
            keys=sorted(keys, key=lambda k: -k.bytes)[:top],
            metrics=self._metrics(points) if points else [],
            samples=samples,
        )

    def _rows(self, sql: str, extra: Parameters | None = None) -> list[tuple[object, ...]]:
        batches = self._session.arrow(sql, {**self._parameters, **(extra or {})})
        return [row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]

    def _days(self, table: str) -> list[DayVolume]:
        found = self._rows(
            f"SELECT `index`, toRelativeDayNum(received, 'UTC') AS day, count() FROM {DATABASE}.{table} "
            f"WHERE {self._where} GROUP BY `index`, day"
        )
        return [
            DayVolume(str(i), SIGNALS[table], _day(day), _int(rows), round(_int(rows) * self._bytes_a_row.get((table, str(i)), 0.0)))
            for i, day, rows in found
        ]

    def _sources(self, table: str, counting: _Share, measuring: _Share) -> list[SourceVolume]:
        """Rows by counting, the average content of a row by measuring, bytes on disk by both."""
        group = "GROUP BY `index`, source, sourcetype"
        counted = self._rows(
            f"SELECT `index`, source, sourcetype, count() FROM {DATABASE}.{table} WHERE {self._where} AND {_SAMPLED} {group}",
            counting.parameters(),
        )
        measured = self._rows(
            f"SELECT `index`, source, sourcetype, avg({_CONTENT[table]}) FROM {DATABASE}.{table} "
            f"WHERE {self._where} AND {_SAMPLED} {group}",
            measuring.parameters(),
        )
        content = {tuple(map(str, names)): float(str(size)) for *names, size in measured}
        rows = {tuple(map(str, names)): _int(n) * counting.factor(str(names[0])) for *names, n in counted}
        weight: dict[tuple[str, ...], float] = {}
        held: Counter[str] = Counter()
        weighed: defaultdict[str, float] = defaultdict(float)
        for names, n in rows.items():
            weight[names] = n * content.get(names, 1.0 if not content else sum(content.values()) / len(content))
            held[names[0]] += n
            weighed[names[0]] += weight[names]
        found = []
        for names, n in rows.items():
            index, source, sourcetype = names
            disk = held[index] * self._bytes_a_row.get((table, index), 0.0)
            found.append(SourceVolume(index, SIGNALS[table], source, sourcetype, n, round(disk * weight[names] / max(weighed[index], 1.0))))
        return sorted(found, key=lambda each: -each.bytes)[: self._asked.top]

    def _keys(self, table: str, share: _Share) -> list[KeyVolume]:
        source = f"FROM {DATABASE}.{table} WHERE {self._where} AND {_SAMPLED}"
        order = "ORDER BY size DESC LIMIT {top:UInt32}"
        sums = "k.1 AS key, sum(n) AS rows, uniqCombined(k.2) AS distinct_, sum(n * length(k.2)) AS size"
        of_json = (
            f"SELECT `index`, %s AS place, {sums} FROM (SELECT `index`, %s AS j, count() AS n {source} GROUP BY `index`, j) "
            f"ARRAY JOIN JSONExtractKeysAndValuesRaw(j) AS k GROUP BY `index`, key {order}"
        )
        written = of_json % ("'attributes'", "attributes")
        if table != "points":
            written = (
                f"SELECT `index`, 'attributes' AS place, k AS key, count() AS rows, uniqCombined(v) AS distinct_, sum(length(v)) AS size "
                f"FROM (SELECT `index`, {_WRITTEN_KEYS} AS ks, attributes AS vs {source} AND length(ks) = length(vs)) "
                f"ARRAY JOIN ks AS k, vs AS v GROUP BY `index`, key {order}"
            )
        found = self._rows(written, share.parameters()) + self._rows(of_json % ("'resource'", "resource"), share.parameters())
        return [
            KeyVolume(str(index), SIGNALS[table], str(place), str(key), _int(rows) * by, _int(distinct), _int(size) * by)
            for index, place, key, rows, distinct, size in found
            for by in (share.factor(str(index)),)
        ]

    def _metrics(self, points: int) -> list[MetricVolume]:
        """Every n-th series whole, where there are many points: series are numbers made by a hash."""
        every = -(-points // SERIES_ROWS)
        found = self._rows(
            f"SELECT `index`, metric, count(), uniqCombined(series) AS n FROM {DATABASE}.points "
            f"WHERE {self._where} AND series % {{every:UInt64}} = 0 GROUP BY `index`, metric ORDER BY n DESC, metric LIMIT {{top:UInt32}}",
            {"every": every},
        )
        return [MetricVolume(str(index), str(metric), _int(rows) * every, _int(n) * every) for index, metric, rows, n in found]


def _int(value: object) -> int:
    return int(str(value))


def _day(number: object) -> str:
    """A day counted from 1970-01-01."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + _int(number)).isoformat()
