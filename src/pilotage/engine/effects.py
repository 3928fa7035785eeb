"""What a search leaves behind: `outputlookup` replaces a lookup, `collect` writes events. Both need the sender's permission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine import collection, measuring
from pilotage.engine.frame import Frame
from pilotage.language.plan.knowledge import Write
from pilotage.language.plan.nodes import Node, Project, Stage
from pilotage.language.sql.context import Context
from pilotage.language.sql.lowering import lower
from pilotage.model.knowledge import Lookup
from pilotage.model.names import WRITABLE_INDEX
from pilotage.model.problem import fail

if TYPE_CHECKING:
    from pilotage.engine.lookups import Library, SearchLookups
    from pilotage.store.open import Store

Permit = Callable[[str, str], None]
"""`permit(kind, target)` raises `PilotageError` unless a search may write `kind` (`lookup`, `events`, `points`) to `target`."""
MOST_LOOKUP_ROWS = 10_000_000
_KEPT = ("_time", "_raw", "_key")


def forbidden(kind: str, target: str) -> None:
    """Nobody who did not say so lets a search write."""
    what = f"the lookup `{target}`" if kind == "lookup" else f"{kind} to the index `{target}`"
    raise fail("write-forbidden", f"this search may not write {what}", hint="its token needs the scope `ingest`")


def allowed(kind: str, target: str) -> None:
    """Anything may be written."""
    del kind, target


class Effects:
    """Writes on behalf of one search."""

    def __init__(self, store: Store, library: Library, lookups: SearchLookups, permit: Permit, context: Context) -> None:
        self._store = store
        self._library = library
        self._lookups = lookups
        self._permit = permit
        self._context = context

    def check(self, node: Write) -> None:
        """Refuse, before anything runs, what may not be written. Raises `write-forbidden`, `index-name` and the permit's own codes."""
        try:
            self._permit(node.kind, node.target)
        except Exception as error:
            problem = getattr(error, "problem", None)
            if problem is not None and problem.span is None:
                error.problem = replace(problem, span=node.span)  # type: ignore[attr-defined]
            raise
        if node.kind in {"events", "points"} and not WRITABLE_INDEX.fullmatch(node.target):
            raise fail(
                "index-name", f"`{node.target}` is no name of an index", span=node.span, hint="use letters, digits, `.`, `_` and `-`"
            )

    def prepared(self, node: Write) -> Node:
        """The rows with a column for each field: those of events are known only from the data."""
        if not lower(self._context, node.input).open:
            return node.input
        names = self._context.facts.names(node.input)
        return Project(node.input, names, "table", command=node.command, span=node.span)

    def write(self, node: Write, rows: Frame, stage: Stage) -> None:
        """Write the rows, which are also there as `stage`."""
        options = dict(node.options)
        if node.kind == "lookup":
            self._replace(node, rows)
        elif options.get("testmode"):
            self._context.warn(
                "nothing-written",
                f"`{node.command}` wrote nothing, it has `{'testmode=t' if node.kind == 'events' else 'spool=f'}`",
                span=node.span,
            )
        elif rows.rows:
            insertion = collection.insertion if node.kind == "events" else measuring.insertion
            self._store.backend.execute(insertion(lower(self._context, stage), node.target, options))

    def _replace(self, node: Write, rows: Frame) -> None:
        options = dict(node.options)
        most = int(options.get("max") or 0)
        names = [name for name in rows.columns if options.get("internal") or not name.startswith("_") or name in _KEPT]
        table = pa.table({name: pc.cast(rows.columns[name].texts(), pa.string()) for name in names})
        if most and table.num_rows > most:
            self._context.warn("rows-limited", f"`outputlookup` kept the first {most} rows", span=node.span, hint="raise `max`")
            table = table.slice(0, most)
        before = self._library.lookup(node.target)
        if not table.num_rows and not options.get("append"):
            if before is not None and not options.get("override_if_empty", True):
                self._context.warn("nothing-written", f"the lookup `{node.target}` stays as it is: there are no rows", span=node.span)
                return
            if before is None and not options.get("create_empty", False):
                self._context.warn("nothing-written", f"no lookup `{node.target}` was made: there are no rows", span=node.span)
                return
            if before is not None and not table.column_names:
                table = pa.table({name: pa.array([], pa.string()) for name in before.columns})
        key = options.get("key_field")
        if before is not None and before.digest and (options.get("append") or key):
            table = _merged(self._library.rows(before), table, str(key) if key else None)
        if table.num_rows > MOST_LOOKUP_ROWS:
            sentence = f"the lookup `{node.target}` would have {table.num_rows} rows, the most is {MOST_LOOKUP_ROWS}"
            raise fail("lookup-too-large", sentence, span=node.span, hint="write events with `collect` instead")
        if not table.column_names:
            raise fail("lookup-empty", f"there is no column to write to the lookup `{node.target}`", span=node.span)
        self._library.keep(before or Lookup(node.target), table)
        self._lookups.forget(node.target)


def _merged(old: pa.Table, new: pa.Table, key: str | None) -> pa.Table:
    """The old rows, then the new ones; with a `key` old rows whose key comes again give way. Columns are those of both."""
    if key is not None and key in new.column_names:
        column = "_key" if "_key" in old.column_names else key
        if column == "_key":
            new = new.set_column(new.column_names.index("_key"), "_key", new.column(key)) if "_key" in new.column_names else new
            new = new if "_key" in new.column_names else new.append_column("_key", new.column(key))
        if column in old.column_names:
            old = old.filter(pc.invert(pc.fill_null(pc.is_in(old.column(column), value_set=pc.unique(new.column(key))), False)))
    return pa.concat_tables([old, new], promote_options="default")
