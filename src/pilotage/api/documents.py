"""The operations that all named documents have (channels, mutings, rotas, escalations, objectives …): list, get, put, delete."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from pilotage.api.names import checked
from pilotage.api.resource import Call, Operation
from pilotage.model.problem import fail
from pilotage.state.deliveries import Document
from pilotage.watch.setup import decoded, encoded

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Family(Generic[T]):
    """One table: `noun` is what a row is called, `answer` the type of what is shown, `show` makes it, `check` raises for what cannot be.

    `check` gets the server's call, the name and the value; `after` runs when it was kept or forgotten. Both run in a thread.
    """

    table: str
    noun: str
    kind: type[T]
    answer: type
    show: Callable[[Document, T], object]
    check: Callable[[Call, str, T], None]
    after: Callable[[Call, str], None] = lambda _call, _name: None

    def operations(self) -> tuple[Operation, ...]:
        """List, get, put (which creates or replaces) and delete; writing needs the scope `admin`."""
        one, a = f"/api/v1/{self.table}/{{name}}", "an" if self.noun[0] in "aeiou" else "a"
        listed: Any = list[self.answer]  # type: ignore[name-defined]  # a type made at run time
        return (
            Operation("GET", f"/api/v1/{self.table}", f"List {self.table}", "read", self.list, answer=listed),
            Operation("GET", one, f"Show {a} {self.noun}", "read", self.get, answer=self.answer),
            Operation("PUT", one, f"Keep {a} {self.noun}", "admin", self.put, body=self.kind, answer=self.answer, strict=True),
            self.removal(one, a),
        )

    def removal(self, path: str, article: str) -> Operation:
        """The operation that deletes."""
        return Operation("DELETE", path, f"Forget {article} {self.noun}", "admin", self.drop, status=204)

    async def list(self, call: Call) -> list[object]:
        """All of them by name."""
        state = call.services.state

        def work() -> list[object]:
            documents = state.documents(self.table).all() if state.exists() else []
            return [self.show(each, decoded(each.text, self.kind)) for each in documents]

        return await asyncio.to_thread(work)

    async def get(self, call: Call) -> object:
        """One of them."""
        found = await asyncio.to_thread(lambda: call.services.state.documents(self.table).get(call.path["name"]))
        return self.show(found, decoded(found.text, self.kind))

    async def put(self, call: Call) -> object:
        """Keep it in the place of the one of that name."""
        name = checked(f"a {self.noun}", call.path["name"])
        documents = await asyncio.to_thread(call.services.state.documents, self.table)

        def work() -> Document:
            self.check(call, name, call.body)
            documents.put(name, encoded(call.body))
            self.after(call, name)
            return documents.get(name)

        found = await asyncio.to_thread(work)
        await call.services.audit(call.grant, f"{self.noun}.put", name)
        return self.show(found, decoded(found.text, self.kind))

    async def drop(self, call: Call) -> None:
        """Forget it."""
        name = call.path["name"]

        def work() -> None:
            call.services.state.documents(self.table).drop(name)
            self.after(call, name)

        await asyncio.to_thread(work)
        await call.services.audit(call.grant, f"{self.noun}.delete", name)


def refuse_unknown(value: object, kind: object, place: str = "") -> None:
    """Walk a decoded document beside its type: a key that the type does not have is a mistake. Raises PilotageError `bad-request`."""
    if get_origin(kind) is tuple and isinstance(value, list):
        for position, item in enumerate(value):
            refuse_unknown(item, get_args(kind)[0], f"{place}[{position}]")
        return
    if get_origin(kind) is dict and isinstance(value, dict):
        for key, item in value.items():
            refuse_unknown(item, get_args(kind)[1], f"{place}.{key}")
        return
    inner = next((each for each in (kind, *get_args(kind)) if isinstance(each, type) and is_dataclass(each)), None)
    if inner is None or not isinstance(value, dict):
        return
    hints, known = get_type_hints(inner), [each.name for each in fields(inner)]
    for key, item in value.items():
        if key not in known:
            near = get_close_matches(key, known, n=1)
            where = f" in `{place.lstrip('.')}`" if place else ""
            hint = f"did you mean `{near[0]}`?" if near else f"known fields: {', '.join(known)}"
            raise fail("bad-request", f"unknown field `{key[:80]}`{where}", hint=hint)
        refuse_unknown(item, hints[key], f"{place}.{key}")
