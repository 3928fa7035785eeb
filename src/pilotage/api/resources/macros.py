"""`/api/v1/macros`: pieces of query text by name, put in the place of `` `name(…)` `` before a search is read."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from pilotage.api.names import checked
from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.knowledge import Macro
from pilotage.model.problem import fail

_NAMED = re.compile(r"(.*?)(?:\((\d+)\))?")


@dataclass(frozen=True, slots=True)
class MacroText:
    """A macro's text: `$argument$` in it is the call's argument. `evaluated` (`iseval`): an eval expression whose text is put there."""

    definition: str
    arguments: tuple[str, ...] = ()
    evaluated: bool = False


@dataclass(frozen=True, slots=True)
class NamedMacro:
    """A macro; `name` ends with the number of arguments, as in `near(2)`, when it takes any."""

    name: str
    definition: str
    arguments: tuple[str, ...]
    evaluated: bool


async def show(call: Call) -> list[NamedMacro]:
    """Every macro by name."""
    book = await asyncio.to_thread(call.services.state.book)
    return [_named(name, macro) for name, macro in sorted(book.macros.items())]


async def get(call: Call) -> NamedMacro:
    """One macro."""
    book = await asyncio.to_thread(call.services.state.book)
    name = call.path["name"]
    if name not in book.macros:
        raise fail("macro-missing", f"no macro `{name}`", hint="one with arguments is called as in `near(2)`")
    return _named(name, book.macros[name])


async def put(call: Call) -> NamedMacro:
    """Keep a macro; searches from now on use it."""
    asked: MacroText = call.body
    name, arity = _split(call.path["name"])
    checked("a macro", name)
    if arity not in (None, len(asked.arguments)):
        raise fail("bad-request", f"`{call.path['name']}` says {arity} arguments, `arguments` has {len(asked.arguments)}")
    if len(set(asked.arguments)) < len(asked.arguments) or not all(re.fullmatch(r"[\w.-]+", each) for each in asked.arguments):
        raise fail("bad-request", "`arguments` must be different words of letters, digits, `_`, `.` and `-`")
    macro = Macro(asked.definition, asked.arguments, asked.evaluated)
    state = call.services.state
    await asyncio.to_thread(lambda: state.knowledge.put_macro(name, macro))
    shown = f"{name}({len(macro.arguments)})" if macro.arguments else name
    await call.services.audit(call.grant, "macro.put", shown, {"definition": macro.definition[:1000]})
    return _named(shown, macro)


async def drop(call: Call) -> None:
    """Forget a macro."""
    name, arity = _split(call.path["name"])
    state = call.services.state
    await asyncio.to_thread(lambda: state.knowledge.drop_macro(name, arity or 0))
    await call.services.audit(call.grant, "macro.delete", call.path["name"])


def _split(name: str) -> tuple[str, int | None]:
    found = _NAMED.fullmatch(name)
    return (found[1], int(found[2]) if found[2] else None) if found else (name, None)


def _named(name: str, macro: Macro) -> NamedMacro:
    return NamedMacro(name, macro.definition, macro.arguments, macro.evaluated)


RESOURCE = Resource(
    "macros",
    (
        Operation("GET", "/api/v1/macros", "List macros", "read", show, answer=list[NamedMacro]),
        Operation("GET", "/api/v1/macros/{name}", "A macro", "read", get, answer=NamedMacro),
        Operation("PUT", "/api/v1/macros/{name}", "Keep a macro", "admin", put, body=MacroText, answer=NamedMacro),
        Operation("DELETE", "/api/v1/macros/{name}", "Forget a macro", "admin", drop, status=204),
    ),
)
