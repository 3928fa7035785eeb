"""`/api/v1/tags`: names for `field=value` pairs; `tag=name` in a search clause means any of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pilotage.api.names import checked
from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail


@dataclass(frozen=True, slots=True)
class TaggedPair:
    """A field and the value that carries the tag; `eventtype` may be the field."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class TagPairs:
    """What carries a tag."""

    pairs: tuple[TaggedPair, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag."""

    name: str
    pairs: tuple[TaggedPair, ...]


async def show(call: Call) -> list[Tag]:
    """Every tag by name."""
    book = await asyncio.to_thread(call.services.state.book)
    return [_tag(name, pairs) for name, pairs in sorted(book.tags.items())]


async def get(call: Call) -> Tag:
    """One tag."""
    book = await asyncio.to_thread(call.services.state.book)
    name = call.path["name"]
    if name not in book.tags:
        raise fail("tag-missing", f"no tag `{name}`")
    return _tag(name, book.tags[name])


async def put(call: Call) -> Tag:
    """Keep the pairs of a tag, in the place of those it had."""
    name, pairs = checked("a tag", call.path["name"]), tuple((pair.field, pair.value) for pair in call.body.pairs)
    if not pairs or not all(field and value for field, value in pairs):
        raise fail(
            "bad-request", "`pairs` needs at least one field with a value", hint='as in `{"pairs": [{"field": "host", "value": "a"}]}`'
        )
    state = call.services.state
    await asyncio.to_thread(lambda: state.knowledge.put_tag(name, pairs))
    await call.services.audit(call.grant, "tag.put", name, {"pairs": ", ".join(f"{field}={value}" for field, value in pairs)[:1000]})
    return _tag(name, pairs)


async def drop(call: Call) -> None:
    """Forget a tag."""
    state, name = call.services.state, call.path["name"]
    await asyncio.to_thread(lambda: state.knowledge.drop_tag(name))
    await call.services.audit(call.grant, "tag.delete", name)


def _tag(name: str, pairs: tuple[tuple[str, str], ...]) -> Tag:
    return Tag(name, tuple(TaggedPair(field, value) for field, value in pairs))


RESOURCE = Resource(
    "tags",
    (
        Operation("GET", "/api/v1/tags", "List tags", "read", show, answer=list[Tag]),
        Operation("GET", "/api/v1/tags/{name}", "A tag", "read", get, answer=Tag),
        Operation("PUT", "/api/v1/tags/{name}", "Keep a tag", "admin", put, body=TagPairs, answer=Tag),
        Operation("DELETE", "/api/v1/tags/{name}", "Forget a tag", "admin", drop, status=204),
    ),
)
