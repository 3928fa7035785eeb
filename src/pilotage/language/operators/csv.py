"""`csv`, `split`: fields out of a record by their places."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.parsing import Csv
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_parsing import Taking, node_of, take_options
from pilotage.model.problem import fail

_OPTION = re.compile(r"(escape|delim|quote)\s*=\s*", re.IGNORECASE)
_MOST = 1_000


def parse(stage: Stage, rows: Node) -> Node:
    """`csv f extract 1 as a, 3 as c`, `split f delim=':' extract a, _, 5 as e`."""
    taking = Taking()
    take_options(stage, taking)
    if taking.source is None and not stage.sees("extract", "delim", "escape", "quote"):
        taking.source = stage.argument()
    given = _options(stage)
    if not stage.keyword("extract"):
        raise stage.unexpected("`extract` and the places, as in `extract 1 as a, 3 as b`")
    names = _places(stage)
    given |= _options(stage)
    take_options(stage, taking)
    for name, text in given.items():
        if len(text) != 1:
            raise stage.refuse(f"a `{name}` of {len(text)} letters", "use `parse regex`")
    way = Csv(names, given.get("delim", ","), given.get("quote", '"'), given.get("escape", "\\"))
    if way.delimiter in (way.quote, way.escape):
        raise stage.refuse("one letter as delimiter and as quote or escape")
    return node_of(stage, rows, (way,), taking, stage.name.lower())


def _options(stage: Stage) -> dict[str, str]:
    given: dict[str, str] = {}
    while True:
        stage.space()
        stage.accept(",")
        stage.space()
        found = stage.take(_OPTION)
        if found is None:
            return given
        given[found[1].lower()] = stage.character("a letter in quotes")


def _places(stage: Stage) -> tuple[str, ...]:
    """A name a place, `_` for those that nobody asked for."""
    wanted: dict[int, str] = {}
    place = 0
    while True:
        number = stage.integer()
        if number is not None:
            place = number
            if not 1 <= place <= _MOST:
                raise fail("option-value", f"a place lies between 1 and {_MOST}, `{number}`", span=stage.span)
            if not stage.keyword("as"):
                raise stage.unexpected("`as` and a name")
        else:
            place += 1
        wanted[place] = stage.new_name()
        if not stage.accept(","):
            break
    return tuple(wanted.get(each, "_") for each in range(1, max(wanted) + 1))


OPERATOR = Operator(
    spellings=("csv", "split"),
    synopsis="csv <field> [delim=','] extract <place> as <name>, … [nodrop] | split <field> delim=':' extract <name>, _, <name>",
    summary="Takes fields out of a separated record; quotes protect the separator.",
    parse=parse,
    examples=(
        Example("* | csv _raw extract 1 as time, 4 as code", "Two places of the message."),
        Example("* | split address delim=':' extract host, port", "Names in turn; `_` leaves a place out."),
    ),
    notes=(
        "`delim=`, `quote=` and `escape=` take one letter each in quotes: a comma, a double quote and a backslash unless given.",
        "A doubled quote inside quotes is one quote.",
    ),
)
