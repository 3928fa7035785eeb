"""A long table of series in Parquet: in with whatever types it has, out with the same ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pilotage.learn.detection import Verdicts
from pilotage.model.problem import fail

COLUMNS = ("series", "timestamp", "value")
GROUP_ROWS = 50_000
GROUP_SERIES = 5000
NUMBERS = ("value", "expected", "lower", "upper", "score")
# Whole numbers are epoch seconds, milli-, micro- or nanoseconds; these are the years 1973 to 5138 in each.
_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (2**63, 10**9))
# Floats are seconds: what is larger than this has no place in 64 bits of them.
LAST_S = 2.0**62
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@dataclass(frozen=True, slots=True)
class Table:
    """Row-wise arrays: `code` numbers the names in `names`; times in epoch seconds (whole slices need no more)."""

    names: Sequence[str]
    code: NDArray[np.int64]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    schema: pa.Schema
    stamp: Callable[[NDArray[np.int64]], pa.Array]


def read_series(path: Path) -> Table:
    """The three columns. Raises codes `unreadable-file`, `no-column`, `column-type`, `no-time`."""
    try:
        file = pq.ParquetFile(path)
        have = file.schema_arrow.names
        missing = [name for name in COLUMNS[1:] if name not in have]
        if missing:
            raise fail("no-column", f"`{path}` has no column `{missing[0]}`", hint=f"it has: {', '.join(have)}")
        table = file.read(columns=[name for name in COLUMNS if name in have])
    except (OSError, pa.ArrowInvalid) as error:
        raise fail("unreadable-file", f"cannot read `{path}`: {error}", hint="give a Parquet file") from error
    if "series" not in have:
        table = table.add_column(0, "series", pa.array(["value"] * table.num_rows, pa.string()))
    _check_times(table["timestamp"])
    names, code = _names(table["series"])
    times, stamp = _times(table["timestamp"])
    return Table(names, code, times, _numbers(table["value"]), table.schema, stamp)


def _check_times(column: pa.ChunkedArray) -> None:
    """A row without a time belongs to no slice: to leave it out silently would be to judge other data than were given."""
    wrong = column.null_count
    if pa.types.is_floating(column.type):
        seconds = column.drop_null().cast(pa.float64()).to_numpy()
        wrong += int(np.count_nonzero(~(np.abs(seconds) < LAST_S)))
    elif pa.types.is_uint64(column.type):
        wrong += int(np.count_nonzero(column.drop_null().to_numpy() >= 2**63))
    if wrong:
        sentence = f"{wrong} of {len(column)} values of the column `timestamp` are no time"
        raise fail("no-time", sentence, hint="leave the rows out that have null, NaN or infinity there")


def _names(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    text = column.cast(pa.string()) if not pa.types.is_dictionary(column.type) else column.cast(pa.dictionary(pa.int64(), pa.string()))
    encoded = pc.dictionary_encode(text.cast(pa.string()), null_encoding="encode").combine_chunks()
    encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) and encoded.num_chunks else encoded
    if len(encoded) == 0:
        return [], np.zeros(0, np.int64)
    return [name or "" for name in encoded.dictionary.to_pylist()], encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    try:
        found = column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise fail("column-type", f"column `value` is {column.type}, which is no number", hint="cast it to double") from error
    return np.asarray(found, dtype=np.float64)


def _times(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], Callable[[NDArray[np.int64]], pa.Array]]:
    """Epoch seconds, and the way back to the column's own type."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        per = _PER_SECOND[kind.unit]
        raw = column.cast(pa.int64()).to_numpy()
        return _floored(raw, per), lambda seconds: pa.array(seconds * per, pa.int64()).cast(kind)
    if pa.types.is_date(kind):
        raw = column.cast(pa.timestamp("s")).cast(pa.int64()).to_numpy()
        return np.asarray(raw), lambda seconds: pa.array(seconds, pa.timestamp("s")).cast(kind, safe=False)
    if pa.types.is_integer(kind):
        raw = column.cast(pa.int64()).to_numpy()
        largest = int(np.abs(raw).max(initial=0))
        per = next(scale for limit, scale in _UNITS if largest < limit)
        return _floored(raw, per), lambda seconds: pa.array(seconds * per, pa.int64()).cast(kind)
    if pa.types.is_floating(kind):
        return np.floor(column.cast(pa.float64()).to_numpy()).astype(np.int64), lambda seconds: pa.array(seconds.astype(np.float64)).cast(
            kind
        )
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _texts(column)
    raise fail("column-type", f"column `timestamp` is {kind}, which is no time", hint="use a timestamp, epoch numbers or ISO 8601 text")


def _texts(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], Callable[[NDArray[np.int64]], pa.Array]]:
    kind = column.type
    try:
        # Arrow reads text with an offset only as a zoned time, and text without one only as a naive one.
        zoned = bool(len(column)) and str(column[0].as_py())[10:].rstrip("Zz") != str(column[0].as_py())[10:]
        moments = column.cast(pa.string()).cast(pa.timestamp("s", tz="UTC") if zoned else pa.timestamp("s"))
    except pa.ArrowInvalid as error:
        raise fail(
            "column-type", f"column `timestamp` holds text that is no time: {error}", hint="use ISO 8601, all with `Z` or all without"
        ) from error

    def stamp(seconds: NDArray[np.int64]) -> pa.Array:
        form = "%Y-%m-%dT%H:%M:%SZ" if zoned else "%Y-%m-%dT%H:%M:%S"
        return pc.strftime(pa.array(seconds, pa.int64()).cast(pa.timestamp("s", tz="UTC")), format=form).cast(kind)

    return moments.cast(pa.int64()).to_numpy(), stamp


def _floored(raw: NDArray[Any], per: int) -> NDArray[np.int64]:
    return np.asarray(raw, dtype=np.int64) // per


class Sink:
    """Verdicts to Parquet, in the order of their series."""

    def __init__(self, path: Path, table: Table) -> None:
        self._table = table
        kinds = {name: pa.float64() for name in NUMBERS}
        kinds |= {"series": pa.dictionary(pa.int32(), pa.string()), "timestamp": table.schema.field("timestamp").type}
        kinds |= {"unusual": pa.bool_(), "alerting": pa.bool_(), "state": pa.dictionary(pa.int32(), pa.string())}
        names = ("series", "timestamp", *NUMBERS, "unusual", "alerting", "state")
        self._schema = pa.schema([(name, kinds[name]) for name in names])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[tuple[str, Verdicts]] = []
        self._rows = 0

    def write(self, name: str, verdicts: Verdicts) -> None:
        """All rows of one series."""
        self._waiting.append((name, verdicts))
        self._rows += len(verdicts)
        # A row group costs milliseconds, so short series share one.
        if self._rows >= GROUP_ROWS or len(self._waiting) >= GROUP_SERIES:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        verdicts = Verdicts.joined([each for _, each in self._waiting])
        names = pa.array([name for name, _ in self._waiting], pa.string())
        codes = np.repeat(np.arange(len(names), dtype=np.int32), [len(each) for _, each in self._waiting])
        self._waiting, self._rows = [], 0
        columns: dict[str, pa.Array] = {"series": pa.DictionaryArray.from_arrays(codes, names)}
        columns["timestamp"] = self._table.stamp(verdicts.time)
        for column in NUMBERS:
            numbers = getattr(verdicts, column)
            columns[column] = pa.array(numbers, pa.float64(), mask=~np.isfinite(numbers))
        columns |= {"unusual": pa.array(verdicts.unusual), "alerting": pa.array(verdicts.alerting)}
        columns["state"] = pa.array(verdicts.state.astype(object), pa.string()).dictionary_encode()
        self._writer.write_table(pa.table(columns).cast(self._schema))

    def close(self) -> None:
        """End the file."""
        self._flush()
        self._writer.close()
