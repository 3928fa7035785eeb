"""The engine's knowledge out of state: what people have named, and the rows of their lookups as CSV files."""

from __future__ import annotations

import io
from dataclasses import replace

import pyarrow as pa
from pyarrow import csv

from pilotage.language.catalogue import KnownObjects
from pilotage.model.knowledge import Lookup
from pilotage.model.problem import fail
from pilotage.state.open import State

MOST_BYTES = 512 << 20
MOST_COLUMNS = 500


class StateLibrary:
    """Implements `lookups.Library` and gives `catalogue.Knowledge`; every question is answered from what state has now."""

    def __init__(self, state: State) -> None:
        self._state = state

    def knowledge(self) -> KnownObjects:
        """Macros, event types and tags."""
        book = self._state.book()
        return KnownObjects(book.macros, book.eventtypes, book.tags, complete=True)

    def lookup(self, name: str) -> Lookup | None:
        """The lookup of a name; `hosts` is also found as `hosts.csv`, and the other way round."""
        known = self._state.book().lookups
        other = name.removesuffix(".csv") if name.endswith(".csv") else f"{name}.csv"
        return known.get(name) or known.get(other)

    def lookup_names(self) -> tuple[str, ...]:
        """Every lookup, sorted."""
        return tuple(sorted(self._state.book().lookups))

    def rows(self, lookup: Lookup) -> pa.Table:
        """The rows as texts. When the lookup was replaced since it was asked for, its file may be gone: `artifact-missing`."""
        return read_rows(self._state.artifacts.read(lookup.digest), lookup.name)

    def keep(self, lookup: Lookup, rows: pa.Table) -> Lookup:
        """Put these rows under the lookup's name, with the settings it has."""
        sink = io.BytesIO()
        csv.write_csv(rows, sink, csv.WriteOptions(quoting_style="needed"))
        return self._kept(replace(lookup, columns=tuple(rows.column_names), rows=rows.num_rows), sink.getvalue())

    def put(self, lookup: Lookup, data: bytes) -> Lookup:
        """Put a CSV file as a person wrote it under a name. Raises `lookup-unreadable`, `lookup-empty`, `unknown-column`."""
        rows = read_rows(data, lookup.name)
        made = replace(lookup, columns=tuple(rows.column_names), rows=rows.num_rows)
        named = [*(column for column, _ in made.matches), *([made.time_field] if made.time_field else [])]
        for column in named:
            if column not in made.columns:
                hint = f"its columns are {', '.join(f'`{each}`' for each in made.columns[:20])}"
                raise fail("unknown-column", f"the lookup `{lookup.name}` has no column `{column}`", hint=hint)
        return self._kept(made, data)

    def _kept(self, lookup: Lookup, data: bytes) -> Lookup:
        if len(data) > MOST_BYTES:
            sentence = f"the lookup `{lookup.name}` has {len(data)} bytes, the most is {MOST_BYTES}"
            raise fail("lookup-too-large", sentence, hint="keep fewer columns, or write events with `collect`")
        return self._state.knowledge.put_lookup(lookup, data)


def read_rows(data: bytes, name: str) -> pa.Table:
    """The rows of a CSV file with a header: nullable texts, an empty cell is null. Raises `lookup-unreadable`, `lookup-empty`."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise fail("lookup-empty", f"the lookup `{name}` has no header", hint="the first line of its CSV names the columns")
    columns = _header(data, name)
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.string()), null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=True
    )
    try:
        return csv.read_csv(
            io.BytesIO(data),
            csv.ReadOptions(column_names=columns, skip_rows=0, block_size=max(1 << 20, min(len(data) + 1, 1 << 28))),
            csv.ParseOptions(newlines_in_values=True),
            options,
        ).slice(1)
    except pa.ArrowInvalid as error:
        reason = str(error).split("\n", 1)[0][:300].rstrip(".")
        raise fail("lookup-unreadable", f"the CSV of the lookup `{name}` cannot be read: {reason}") from error


def _header(data: bytes, name: str) -> list[str]:
    """The names of the columns. Raises `lookup-unreadable` for none, the same twice, or too many."""
    import csv as text  # noqa: PLC0415 - the standard library's, for one line

    try:
        columns = [each.strip() for each in next(text.reader(io.StringIO(data[: 1 << 20].decode("utf-8", "replace"))))]
    except (StopIteration, text.Error) as error:
        raise fail("lookup-unreadable", f"the header of the lookup `{name}` cannot be read") from error
    problem = None
    if "" in columns:
        problem = "has a column without a name"
    elif len(set(columns)) < len(columns):
        problem = f"has the column `{next(each for each in columns if columns.count(each) > 1)}` twice"
    elif len(columns) > MOST_COLUMNS:
        problem = f"has {len(columns)} columns, the most is {MOST_COLUMNS}"
    if problem is not None:
        raise fail("lookup-unreadable", f"the header of the lookup `{name}` {problem}")
    return columns
