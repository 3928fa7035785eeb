"""What the operators that take fields out of a text share: `field=`, `nodrop`, `multi` in any place, and the node they make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pilotage.language.plan.expressions import Call, Field, Literal
from pilotage.language.plan.extracting import JsonFilter, JsonQuery, Parse, Way
from pilotage.language.plan.nodes import Extend, Extract, Filter, Node, Project
from pilotage.language.plan.parsing import Json, Regex, json_steps, names_of
from pilotage.language.plan.regexes import beyond_re2
from pilotage.language.plan.walk import chain
from pilotage.language.plan.windows import Explode
from pilotage.language.syntax.operator import Stage

_SOURCE = "__source"
_WILD = re.compile(r"\[\s*\*\s*\]|\[\s*\]")
_FILTER = re.compile(
    r"""(?P<path>[^?]*?)\[\s*\?\s*\(\s*@\.?(?P<keys>[^=!<>()]+?)\s*
        (?:(?P<op>==|!=|<=|>=|<|>)\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<bare>[^\s'"()]+))\s*)?\)\s*\](?P<rest>[^?]*)""",
    re.VERBOSE,
)
_PLAIN_KEY = re.compile(r"[A-Za-z_]\w*")


@dataclass(slots=True)
class Taking:
    """The options read so far."""

    source: str | None = None
    drop: bool = True
    multi: bool = False


def take_options(stage: Stage, taking: Taking) -> None:
    """Read every `field=x`, `nodrop` and `multi` that stands here."""
    while True:
        if stage.keyword("nodrop"):
            taking.drop = False
        elif stage.keyword("multi"):
            taking.multi = True
        elif (source := stage.source()) is not None:
            taking.source = source
        else:
            return


def node_of(stage: Stage, rows: Node, ways: Sequence[Way], taking: Taking, command: str) -> Node:
    """The node of a stage that is read to its end; its names are known from here on."""
    stage.finish()
    source = taking.source if taking.source is not None else stage.names.use("_raw")
    for way in ways:
        stage.names.define(*((way.name,) if isinstance(way, JsonQuery | JsonFilter) else (n for n in names_of(way) if n != "_")))
    beyond = [way for way in ways if isinstance(way, Regex) and beyond_re2(way.text)]
    within = [way for way in ways if way not in beyond]
    for way in beyond:
        rows = _searched(stage, rows, way, source, taking)
    if not within:
        return replace(rows, command=command, span=stage.span)
    return Parse(rows, source, tuple(within), drop=taking.drop, multi=taking.multi, command=command, span=stage.span)


def _searched(stage: Stage, rows: Node, way: Regex, source: str, taking: Taking) -> Node:
    """A pattern that the engine's own regular expressions do not run; a match all of whose groups are empty counts as none."""
    names = names_of(way)
    if taking.multi and len(names) > 1:
        raise stage.refuse("`multi` with look-around and several groups", "write the pattern without look-around")
    cleared = tuple((name, Literal(None)) for name in names) if taking.drop else ()
    node: Node = Extend(rows, ((_SOURCE, Field(source)), *cleared), command="parse regex", span=stage.span)
    node = Extract(node, _SOURCE, way.text, 0 if taking.multi else 1, command="parse regex", span=stage.span)
    if taking.drop:
        found = chain("OR", [Call("isnotnull", (Field(name),)) for name in names])
        node = Filter(node, found, command="parse regex", span=stage.span)
    if taking.multi:
        node = Explode(node, names[0], command="parse regex", span=stage.span)
    return Project(node, (_SOURCE,), "drop", command="parse regex", span=stage.span)


def json_ways(stage: Stage, paths: Sequence[str], names: Sequence[str]) -> list[Way]:
    """Paths into JSON and their names. Raises code `unsupported` for what cannot be looked up."""
    plain: list[tuple[str, tuple[str | int, ...]]] = []
    wild: list[Way] = []
    for path, name in zip(paths, names, strict=True):
        bare = re.sub(r"^\$\.?", "", path.strip()) if path.strip().startswith(("$.", "$[")) else path.strip()
        if found := _FILTER.fullmatch(bare):
            wild.append(_filter(stage, name, path, found))
            continue
        if ".." in bare or "?(" in bare:
            raise stage.refuse(f"the path `{path}`", "write each key from the top, as in `a.b[0].c`")
        if _WILD.search(bare) or ".*" in bare:
            wild.append(JsonQuery(name, _query(stage, bare)))
            continue
        steps = json_steps(bare)
        plain.append((name, steps if steps is not None else (bare,)))
    return [*([Json(tuple(plain))] if plain else []), *wild]


def _filter(stage: Stage, name: str, path: str, found: re.Match[str]) -> JsonFilter:
    """`a.b[?(@.c == "x")].d`."""
    steps = [json_steps(part.strip(".")) if part.strip(".") else () for part in (found["path"], found["keys"], found["rest"])]
    before, keys, rest = (each if each is None or "*" not in each else None for each in steps)
    if before is None or keys is None or rest is None:
        raise stage.refuse(f"the path `{path}`", 'write it as `a.b[?(@.c == "x")].d`')
    value = next((found[each] for each in ("single", "double", "bare") if found[each] is not None), "")
    return JsonFilter(name, before, keys, found["op"] or "", value, rest)


def _query(stage: Stage, path: str) -> str:
    """A path with `[*]` as the engine spells it, odd keys quoted."""
    parts: list[str] = ["$"]
    for piece in re.split(r"(\[\s*\*?\s*\])", path):
        if _WILD.fullmatch(piece):
            parts.append("[*]")
        elif piece.strip("."):
            steps = json_steps(piece.lstrip(".").rstrip("."))
            if steps is None or "*" in steps:
                raise stage.refuse(f"the path `{path}`", "`[*]` stands for every member of an array")
            for step in steps:
                text = str(step)
                quoted = text if _PLAIN_KEY.fullmatch(text) else '"' + text.replace('"', "") + '"'
                parts.append(f"[{step}]" if isinstance(step, int) else f".{quoted}")
    return "".join(parts)
