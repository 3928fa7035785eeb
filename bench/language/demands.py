"""What the plan of a query asks of its data: the sources it reads, their fields, and which values its conditions let through."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.language.conditions import alternatives
from bench.language.usage import everything, field_names, uses
from bench.language.wants import Part, Slot, Source, Want, Way
from pilotage.language.plan.branches import Fork, Incoming, Join, Paste, Union
from pilotage.language.plan.cells import Convert, Split
from pilotage.language.plan.expressions import Call, Expression, Field, Literal
from pilotage.language.plan.extracting import JsonQuery, Parse
from pilotage.language.plan.knowledge import Lookup, LookupRows
from pilotage.language.plan.nodes import (
    Aggregate,
    Aggregation,
    Bin,
    Extend,
    Extract,
    Filter,
    Node,
    Project,
    Rename,
    Rows,
    Scan,
    Series,
    Stage,
    Top,
)
from pilotage.language.plan.parsing import Anchor, Csv, Json, KeyValue, Regex, json_steps, names_of, regex_of
from pilotage.language.plan.spreading import Repeat, Spread
from pilotage.language.plan.walk import subsearches
from pilotage.language.plan.windows import Explode, Unpivot, Window

_POINTS = ("mstats", "mcatalog", "mpreview", "msearch")
_NUMERIC = frozenset(["avg", "sum", "stdev", "stdevp", "var", "varp", "range", "perc", "median", "mean", "sumsq", "rate"])
_THROUGH = frozenset(["values", "list", "first", "last", "latest", "earliest", "min", "max", "mode"])


@dataclass(frozen=True, slots=True)
class Formula:
    """A field that an expression made out of the fields of `names`."""

    expression: Expression
    names: Names


@dataclass(frozen=True, slots=True)
class Counted:
    """A field that an aggregate made of these sources."""

    function: str
    argument: tuple[Binding, ...]
    sources: tuple[Source, ...]
    by: tuple[Binding, ...] = ()


Binding = tuple[Source, Slot] | Formula | Counted


@dataclass(slots=True)
class Names:
    """What each name means behind a node; names that it does not know are asked of `below`, under their old name where it changed."""

    below: tuple[Names, ...] = ()
    known: dict[str, tuple[Binding, ...]] = field(default_factory=dict)
    closed: bool = False
    patterns: tuple[tuple[str, str], ...] = ()
    other: Callable[[str], tuple[Binding, ...]] | None = None

    def find(self, name: str) -> tuple[Binding, ...]:
        """Everything a name may come from."""
        if name in self.known:
            return self.known[name]
        for new, old in self.patterns:
            found = re.fullmatch("(.*)".join(map(re.escape, new.split("*"))), name)
            if found:
                old_name = old
                for text in found.groups():
                    old_name = old_name.replace("*", text, 1)
                return tuple(each for names in self.below for each in names.find(old_name))
        if self.other is not None:
            return self.other(name)
        if self.closed:
            return ()
        return tuple(each for names in self.below for each in names.find(name))


class Demands:
    """Walks a plan once; `sources` are what it reads."""

    def __init__(self, plan: Node) -> None:
        self.sources: list[Source] = []
        self._incoming: list[Names] = []
        self._seen: dict[int, Names] = {}
        self._held: list[object] = [plan]
        self._names(plan)

    def _names(self, node: Node) -> Names:
        if id(node) not in self._seen:
            self._held.append(node)
            self._seen[id(node)] = self._made(node)
        return self._seen[id(node)]

    def _source(self, source: Source) -> Names:
        self.sources.append(source)
        return Names(other=lambda name: ((source, name),))

    def _made(self, node: Node) -> Names:
        for each in subsearches(node):
            self._names(each.plan)
        if isinstance(node, Scan):
            return self._scan(node)
        if isinstance(node, LookupRows):
            names = self._source(Source("lookup", node.table))
            if node.condition is not None:
                self._rule(node.condition, names)
            return names
        if isinstance(node, Incoming):
            return self._incoming[-1] if self._incoming else Names(closed=True)
        if isinstance(node, Rows | Stage):
            return Names(closed=True)
        return self._behind(node, self._names(node.input))  # type: ignore[attr-defined]

    def _behind(self, node: Node, below: Names) -> Names:
        """The names behind a node over those before it."""
        match node:
            case Filter():
                self._rule(node.condition, below)
            case Extend():
                return self._extend(node, below)
            case Extract():
                return self._extract(node, below)
            case Parse():
                return self._parse(node, below)
            case Aggregate() | Series() | Window() | Top():
                return self._aggregated(node, below)
            case Rename():
                return self._renamed(node, below)
            case Project():
                for name in node.patterns:
                    if "*" not in name and node.mode != "drop":
                        self._touch(below, name)
            case Lookup():
                return self._looked_up(node, below)
            case Union():
                return Names((below, *(self._names(other) for other in node.others)))
            case Paste() | Join():
                return self._joined(node, below)
            case Fork():
                self._incoming.append(below)
                branches = [self._names(branch) for branch in node.branches]
                self._incoming.pop()
                return Names((below, *branches))
            case Bin():
                self._touch(below, node.field, None if node.field.startswith("_") else Want("number", sharp=False))
                return Names((below,), {node.alias: below.find(node.field)})
            case Spread():
                return self._spread(node, below)
            case Unpivot():
                self._touch(below, node.keep)
                return Names((below,), {node.name: (), node.value: ()})
            case Convert():
                self._converted(node, below)
            case Split():
                self._touch(below, node.field, Want("many", node.delimiter, sharp=False) if node.delimiter else None)
            case Explode():
                self._touch(below, node.field, Want("multi", sharp=False))
            case Repeat():
                for pattern in node.patterns:
                    self._touch(below, pattern.replace("*", "1") if "*" in pattern and len(pattern) > 1 else pattern)
            case _:
                for name in field_names(node):
                    self._touch(below, name)
        return below

    def _scan(self, node: Scan) -> Names:
        kind = "points" if node.command in _POINTS or node.tables == ("points",) else "events"
        source = Source(kind, indexes=node.indexes, time=node.time)
        names = self._source(source)
        source.ask("_raw")
        if node.condition is not None:
            self._rule(node.condition, names)
        return names

    def _rule(self, condition: Expression, names: Names) -> None:
        self._uses(condition, names)
        found = [each for each in alternatives(condition, names) if each]
        if not found:
            return
        for source in {id(atom[0]): atom[0] for each in found for atom in each}.values():
            source.rules.append([tuple(atom for atom in each if atom[0] is source) for each in found])

    def _touch(self, names: Names, name: str, want: Want | None = None) -> None:
        for binding in names.find(name):
            match binding:
                case Formula(expression, inner):
                    if isinstance(expression, Field) and (inner is not names or expression.name != name):
                        self._touch(inner, expression.name, want)
                case Counted(_, argument, _):
                    for each in argument:
                        if isinstance(each, tuple):
                            each[0].ask(each[1], want)
                case (source, slot):
                    source.ask(slot, want)

    def _uses(self, expression: Expression, names: Names) -> None:
        for name, want in uses(expression):
            self._touch(names, name, want)
        for part in everything(expression):
            if isinstance(part, Call) and part.name in ("spath", "json_extract", "json_extract_exact"):
                self._json_part(part, names)

    def _json_part(self, call: Call, names: Names) -> tuple[Binding, ...]:
        match call.arguments:
            case (Field(name), Literal(str() as path), *_):
                found: list[Binding] = []
                for binding in names.find(name):
                    if isinstance(binding, tuple):
                        found.append((binding[0], _json_slot(*binding, path, path)))
                        binding[0].ask(found[-1][1])  # type: ignore[index]
                return tuple(found)
        return ()

    def _extend(self, node: Extend, below: Names) -> Names:
        for target, expression in node.assignments:
            self._uses(expression, below)
            made: tuple[Binding, ...] = (Formula(expression, below),)
            if isinstance(expression, Call) and expression.name in ("spath", "json_extract", "json_extract_exact"):
                made = self._json_part(expression, below) or made
            if not target.startswith("{"):
                below = Names((below,), {target: made})
        return below

    def _extract(self, node: Extract, below: Names) -> Names:
        self._touch(below, node.source)
        groups = [name for name, _ in regex_of(node.pattern).groups]
        if node.sed or not groups:
            return below
        return self._parts(below, node.source, [(Way("regex", node.pattern, groups), name) for name in groups], keep=True)

    def _parse(self, node: Parse, below: Names) -> Names:
        self._touch(below, node.source)
        pairs: list[tuple[Way, str]] = []
        for way in node.ways:
            single = getattr(way, "name", None)
            names = [single] if isinstance(single, str) else [each for each in names_of(way) if each != "_"]
            pairs += [(_way(way, names), name) for name in names]
        return self._parts(below, node.source, pairs, keep=not node.drop)

    def _parts(self, below: Names, source: str, pairs: list[tuple[Way, str]], *, keep: bool) -> Names:
        """The slots that ways give out of the text of a field; it is what a formula passes through."""
        known: dict[str, tuple[Binding, ...]] = {}
        for binding in _plain(below, source):
            for way, name in pairs:
                slot = binding[0].part(binding[1], Way(way.kind, way.text, list(way.names), dict(way.paths)), name)
                binding[0].ask(slot)
                known[name] = (*known.get(name, ()), (binding[0], slot))
        for _, name in pairs:
            known.setdefault(name, ())
            if keep and not known[name]:
                known[name] = below.find(name)
        return Names((below,), known)

    def _spread(self, node: Spread, below: Names) -> Names:
        self._touch(below, node.field)
        if node.form != "json":
            return below
        bases = _plain(below, node.field)

        def inside(name: str) -> tuple[Binding, ...]:
            if name.startswith("_"):
                return below.find(name)
            return tuple((source, _json_slot(source, slot, name, name)) for source, slot in bases) or below.find(name)

        for source, slot in bases:
            _json_slot(source, slot, "spread.name", "spread.name")
        return Names((below,), other=inside)

    def _aggregated(self, node: Aggregate | Series | Window | Top, below: Names) -> Names:
        keys = (node.over, *([node.by] if node.by else [])) if isinstance(node, Series) else node.by
        if isinstance(node, Top):
            keys = (*node.fields, *node.by)
        for name in keys:
            self._touch(below, name)
        known = {name: below.find(name) for name in keys}
        by = tuple(each for name in keys for each in known[name])
        patterns: list[tuple[str, str]] = []
        items = () if isinstance(node, Top) else node.aggregations
        for item in items:
            if item.argument is not None and not item.wildcard:
                self._uses(item.argument, below)
                if isinstance(item.argument, Field):
                    self._touch(below, item.argument.name, Want("number", sharp=False) if item.function in _NUMERIC else None)
            if item.wildcard and isinstance(item.argument, Field):
                patterns.append((item.alias, item.argument.name))
            else:
                known[item.alias] = self._outcome(item, below, by)
        if isinstance(node, Top):
            known |= {node.count_field: (Counted("count", (), tuple(self.sources), by),), node.percent_field: ()}
        closed = not isinstance(node, Window)
        return Names((below,), known, closed=closed, patterns=tuple(patterns))

    def _outcome(self, item: Aggregation, below: Names, by: tuple[Binding, ...]) -> tuple[Binding, ...]:
        argument = below.find(item.argument.name) if isinstance(item.argument, Field) else ()
        if item.function in _THROUGH and argument:
            return argument
        if item.function in _THROUGH and item.argument is not None:
            return (Formula(item.argument, below),)
        return (Counted(item.function, argument, tuple(self.sources), by),)

    def _renamed(self, node: Rename, below: Names) -> Names:
        known = {}
        for old, new in node.pairs:
            if "*" not in old:
                self._touch(below, old)
                known[new] = below.find(old)
        return Names((below,), known, patterns=tuple((new, old) for old, new in node.pairs if "*" in old))

    def _looked_up(self, node: Lookup, below: Names) -> Names:
        table = Source("lookup", node.table)
        self.sources.append(table)
        for column, name in node.keys:
            self._touch(below, name)
            table.ask(column)
            table.links[column] = [each for each in below.find(name) if isinstance(each, tuple)]
        if node.outputs is None:
            return Names((below,), other=lambda name: (*below.find(name), (table, name)))
        for column, _ in node.outputs:
            table.ask(column)
        return Names((below,), {name: ((table, column), *(below.find(name) if node.fresh_only else ())) for column, name in node.outputs})

    def _joined(self, node: Paste | Join, below: Names) -> Names:
        other = self._names(node.other)
        for left, right in node.fields if isinstance(node, Join) else ():
            self._touch(below, left)
            self._touch(other, right)
        prefixes = node.prefixes if isinstance(node, Join) else ("", "")
        patterns = tuple((f"{prefix}*", "*") for prefix in prefixes if prefix)
        return Names((below, other), patterns=patterns)

    def _converted(self, node: Convert, below: Names) -> None:
        for item in node.conversions:
            want = Want("moment", node.format if item.function == "mktime" else "", sharp=False) if "time" in item.function else None
            if "*" not in item.field:
                self._touch(below, item.field, want or Want("number", sharp=False))


def _plain(names: Names, name: str, depth: int = 0) -> list[tuple[Source, Slot]]:
    """The slots of a name, also behind formulas that hand a text through."""
    found: list[tuple[Source, Slot]] = []
    for binding in names.find(name):
        if isinstance(binding, tuple):
            found.append(binding)
        elif isinstance(binding, Formula) and depth < 8:
            first = next((part for part in everything(binding.expression) if isinstance(part, Field)), None)
            if first is not None:
                found += _plain(binding.names, first.name, depth + 1)
    return found


def _json_slot(source: Source, base: Slot, path: str, name: str) -> Part:
    steps = json_steps(path.replace("{}", "[0]").replace("{", "[").replace("}", "]")) or (path,)
    return source.part(base, Way("json", names=[name], paths={name: steps}), name)


def _way(way: Regex | Anchor | Json | JsonQuery | KeyValue | Csv, names: list[str]) -> Way:
    match way:
        case Regex():
            return Way("regex", way.text, names)
        case Anchor():
            return Way("anchor", way.text, list(way.names))
        case Json():
            return Way("json", names=names, paths=dict(way.paths))
        case KeyValue():
            return Way("pairs", way.delimiter or "=", names, {name: (key,) for name, key in way.pairs})
        case Csv():
            return Way("csv", way.delimiter, list(way.names))
    steps = json_steps(str(getattr(way, "path", "")).lstrip("$.").replace("[*]", "[0]").replace("[?]", "[0]"))
    return Way("json", names=names, paths={name: steps or (name,) for name in names})
