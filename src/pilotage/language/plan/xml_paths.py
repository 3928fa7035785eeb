"""Paths into XML texts (`/a/b[2]/@c`), as `parse xml` writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STEP = re.compile(r"(?P<slash>//?)(?P<attribute>@)?(?P<name>text\(\)|\*|(?:[\w.-]+:)?[\w.-]+)(?P<conditions>(?:\[[^\]]*\])*)")
_CONDITION = re.compile(
    r"\[\s*(?:(?P<place>\d+)|(?P<at>@?)(?:[\w.-]+:)?(?P<key>[\w.-]+)\s*(?:=\s*(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")\s*)?)\]"
)


@dataclass(frozen=True, slots=True)
class XmlStep:
    """One step: children (any below if `deep`) of a `name` (`*` any, without its namespace), or an attribute.

    `conditions` are (child or `@attribute`, its text or `None` = it is there); `place` counts from 1.
    """

    name: str
    deep: bool = False
    attribute: bool = False
    conditions: tuple[tuple[str, str | None], ...] = ()
    place: int | None = None


def xml_steps(path: str) -> tuple[XmlStep, ...] | None:
    """The steps of a path; a path without a first `/` begins at the root's name too. `None` when it cannot be read."""
    text = path.strip()
    text = text if text.startswith("/") else f"/{text.removeprefix('./')}"
    steps: list[XmlStep] = []
    end = 0
    for found in _STEP.finditer(text):
        if found.start() != end or (steps and (steps[-1].attribute or steps[-1].name == "text()")):
            return None
        end = found.end()
        given = _conditions(found["conditions"])
        if given is None:
            return None
        name = found["name"].rpartition(":")[2]
        steps.append(XmlStep(name, found["slash"] == "//", bool(found["attribute"]), *given))
    return tuple(steps) if steps and end == len(text) else None


def _conditions(text: str) -> tuple[tuple[tuple[str, str | None], ...], int | None] | None:
    found: list[tuple[str, str | None]] = []
    place: int | None = None
    end = 0
    for each in _CONDITION.finditer(text):
        if each.start() != end:
            return None
        end = each.end()
        if each["place"]:
            place = int(each["place"])
        else:
            found.append((each["at"] + each["key"], each["single"] if each["single"] is not None else each["double"]))
    return (tuple(found), place) if end == len(text) else None
