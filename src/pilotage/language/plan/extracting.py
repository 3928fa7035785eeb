"""Plan nodes that take fields out of a text of each row: the `parse` family, and JSON fields found when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.parsing import Parsing


@dataclass(frozen=True, slots=True)
class JsonQuery:
    """All values of a JSON path with `[*]`, as the JSON text of an array; `path` in the engine's spelling (`$.a[*].b`)."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class JsonFilter:
    """`path[?(@.keys op value)].rest` of a JSON text: of each member of the array that fits, as the JSON text of an array.

    `op` is one of `== != < <= > >=`, or '' where the keys need only be there; numbers are compared as such by `<` and `>`.
    """

    name: str
    path: tuple[str | int, ...]
    keys: tuple[str | int, ...]
    op: str
    value: str
    rest: tuple[str | int, ...] = ()


Way = Parsing | JsonQuery | JsonFilter


@dataclass(frozen=True, slots=True)
class Parse(Node):
    """Fields out of the text of `source`; each of `ways` begins at its start.

    `drop`: a row in which one of the ways finds nothing is left out; otherwise it keeps what its fields were. `multi`: a row for every
    match instead of the first. Names of `_` are places that nobody asked for.
    """

    input: Node
    source: str
    ways: tuple[Way, ...]
    drop: bool = True
    multi: bool = False


@dataclass(frozen=True, slots=True)
class AutoParse(Node):
    """`names` out of the JSON object in the text of `source`, where a row does not have them already; case does not matter.

    With `pairs` they are keys of `key=value`, or of what stands between key and value there.
    """

    input: Node
    source: str
    names: tuple[str, ...] = ()
    pairs: str = ""
