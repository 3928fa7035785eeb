"""The OpenAPI 3.1 document, made from the discovered operations and their types."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, get_type_hints

import msgspec

from pilotage.api.resource import Operation, Resource

_PROBLEM: dict[str, object] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "sentence"],
            "properties": {
                "code": {"type": "string", "pattern": "^[a-z-]+$"},
                "sentence": {"type": "string"},
                "span": {"type": ["array", "null"], "items": {"type": "integer"}, "description": "start and end offset in the query"},
                "hint": {"type": ["string", "null"]},
                "doc": {"type": ["string", "null"]},
            },
        }
    },
}


def document(resources: tuple[Resource, ...], version: str) -> dict[str, object]:
    """The whole document as a JSON-ready value."""
    named = [(resource.name, operation) for resource in resources for operation in resource.operations]
    types = [each for _, operation in named for each in (operation.body, operation.answer) if each is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, object]] = {}
    for name, operation in named:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(name, operation, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pilotage", "version": version},
        "paths": paths,
        "components": {
            "schemas": components | {"Problem": _PROBLEM},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "pilotage-session-{port}", "description": "Of the web page."},
            },
        },
    }


def _describe(name: str, operation: Operation, schemas: dict[str, dict[str, Any]]) -> dict[str, object]:
    described: dict[str, object] = {
        "tags": [name],
        "summary": operation.summary,
        "operationId": "_".join([operation.method.lower(), *(part.strip("{}") for part in operation.path.split("/")[3:])]),
        "responses": _responses(operation, schemas),
    }
    if operation.scope is not None:
        described["security"] = [{"token": [operation.scope]}, {"session": []}]
        described["description"] = f"Needs a token with the scope `{operation.scope}` once any token is configured."
    parameters = _holes(operation.path) + (_query(operation.query) if operation.query else [])
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas[repr(operation.body)]}}}
    if operation.raw:
        content = {operation.raw: {"schema": {"type": "string", "format": "binary"}}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _responses(operation: Operation, schemas: dict[str, dict[str, Any]]) -> dict[str, object]:
    content: dict[str, object] = {each: {"schema": {"type": "string", "format": "binary"}} for each in operation.streams}
    if operation.answer is not None:
        content["application/json"] = {"schema": schemas[repr(operation.answer)]}
    good: dict[str, object] = {"description": operation.summary}
    if content:
        good["content"] = content
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(operation.status): good, "default": {"description": "what was wrong, and the remedy", "content": problem}}


def _holes(path: str) -> list[dict[str, object]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query(kind: type) -> list[dict[str, object]]:
    hints = get_type_hints(kind)
    return [
        {
            "name": each.name,
            "in": "query",
            "required": each.default is MISSING and each.default_factory is MISSING,
            "schema": msgspec.json.schema(hints[each.name]),
        }
        for each in fields(kind)
    ]
