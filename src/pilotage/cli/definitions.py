"""Files of macros, event types and tags, as JSON or Splunk's `.conf`, read into what the API takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pilotage.cli.stanzas import enabled, read_stanzas
from pilotage.model.problem import fail

Document = dict[str, object]
_ARITY = re.compile(r"(.+?)\((\d+)\)")


def read_definitions(kind: str, path: Path) -> dict[str, Document]:
    """Name → the document that `PUT /api/v1/<kind>s/<name>` takes. Raises `unreadable-file`, `conf-line`, `definition`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail("unreadable-file", f"cannot read `{path}`: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from error
    if path.suffix == ".conf":
        return _CONF[kind]({name: values for name, values in read_stanzas(text).items() if name != "default"})
    try:
        document = json.loads(text)
    except ValueError as error:
        raise fail("unreadable-file", f"`{path}` is no JSON: {error}", hint="use JSON, or a file named *.conf") from error
    if not isinstance(document, dict):
        raise fail("definition", f"`{path}` holds no JSON object", hint=f'as in {{"name": …}}, one member a {kind}')
    return {name: _JSON[kind](name, value) for name, value in document.items()}


def macro_document(name: str, value: object) -> Document:
    """What the API takes for a macro, out of its JSON or stanza. Raises code `definition`."""
    if isinstance(value, str):
        value = {"definition": value}
    if not isinstance(value, dict) or not isinstance(value.get("definition"), str):
        raise fail("definition", f"the macro `{name}` has no `definition`")
    arguments = value.get("args", value.get("arguments", []))
    words = arguments.split(",") if isinstance(arguments, str) else arguments
    if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
        raise fail("definition", f"the `args` of the macro `{name}` are no names")
    names = [each.strip() for each in words if each.strip()]
    found = _ARITY.fullmatch(name)
    if found and not names:
        # A definition by place: `$1$`, `$2$`.
        names = [str(number) for number in range(1, int(found[2]) + 1)]
    evaluated = value.get("iseval", value.get("evaluated", False))
    yes = enabled(evaluated) if isinstance(evaluated, str) else bool(evaluated)
    return {"definition": value["definition"], "arguments": names, "evaluated": yes}


def _eventtype(name: str, value: object) -> Document:
    search = value.get("search") if isinstance(value, dict) else value
    if not isinstance(search, str):
        raise fail("definition", f"the event type `{name}` has no `search`")
    return {"search": search}


def _tag(name: str, value: object) -> Document:
    """`{"host": "a", "app": ["b", "c"]}` or `["host=a", …]`."""
    if isinstance(value, dict):
        pairs = [(field, each) for field, values in value.items() for each in (values if isinstance(values, list) else [values])]
    elif isinstance(value, list) and all(isinstance(each, str) and "=" in each for each in value):
        pairs = [tuple(each.split("=", 1)) for each in value]
    else:
        raise fail("definition", f"the tag `{name}` has no pairs", hint='write {"field": ["value", …]} or ["field=value", …]')
    return {"pairs": [{"field": field, "value": str(each)} for field, each in pairs]}


def _macros(stanzas: dict[str, dict[str, str]]) -> dict[str, Document]:
    return {name: macro_document(name, dict(values)) for name, values in stanzas.items() if "definition" in values}


def _eventtypes(stanzas: dict[str, dict[str, str]]) -> dict[str, Document]:
    kept = {name: values for name, values in stanzas.items() if "search" in values and not enabled(values.get("disabled", "0"))}
    return {name: _eventtype(name, values["search"]) for name, values in kept.items()}


def _tags(stanzas: dict[str, dict[str, str]]) -> dict[str, Document]:
    """`[field=value]` with `tag = enabled`, turned round."""
    pairs: dict[str, list[str]] = {}
    for stanza, values in stanzas.items():
        for tag in (name for name, state in values.items() if enabled(state)):
            pairs.setdefault(tag, []).append(stanza)
    return {tag: _tag(tag, found) for tag, found in pairs.items()}


_JSON = {"macro": macro_document, "eventtype": _eventtype, "tag": _tag}
_CONF = {"macro": _macros, "eventtype": _eventtypes, "tag": _tags}
