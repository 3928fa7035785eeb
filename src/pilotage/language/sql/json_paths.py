"""Paths into JSON texts (`a.b{}.c{0}`), and which arguments of a JSON function are JSON already."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Call
from pilotage.language.sql.fragments import Sql
from pilotage.language.sql.signature import Site, refuse
from pilotage.language.sql.value import json, text
from pilotage.model.fields import Kind

Step = str | int | None
"""A name, a 0-based place, or `None` for every member."""

_STEP = re.compile(r"(?P<name>[^.{}]+)|\{(?P<place>\d*)\}|\.")
_MAKERS = frozenset(
    {
        "json_object", "json_array", "json_set", "json_set_exact", "json_append", "json_extend", "json_delete", "json_entries",
        "json_keys", "mv_to_json_array", "tojson", "toarray", "toobject",
    }
)  # fmt: skip


def steps_of(site: Site, path: str) -> list[Step]:
    """The steps of a path; refused when it is none."""
    steps: list[Step] = []
    end = 0
    for found in _STEP.finditer(path):
        if found.start() != end:
            break
        end = found.end()
        if found["name"] is not None:
            steps.append(found["name"])
        elif found["place"] is not None:
            steps.append(int(found["place"]) if found["place"] else None)
    if end != len(path) or not steps:
        raise refuse(site, f"does not read the path `{path}`")
    return steps


def json_argument(site: Site, index: int) -> Sql:
    """An argument as JSON text: what a JSON function makes stays as it is, a text is quoted."""
    written = site.call.arguments[index]
    value = site.arguments[index]
    if isinstance(written, Call) and written.name in _MAKERS and value.kind is Kind.TEXT:
        return text(value)
    return json(value)
