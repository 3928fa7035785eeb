"""No file over 400 lines, no function over 50; `[tool.pilotage.size-waivers]` names exceptions and why."""

from __future__ import annotations

import ast

import pytest

from .tree import relative, settings, sources

FILE_LINES = 400
FUNCTION_LINES = 50


def too_long(name: str, text: str) -> list[str]:
    """What in `text` is over a limit; a function's length excludes its docstring and decorators."""
    lines = text.count("\n") + (not text.endswith("\n"))
    found = [f"{name}: {lines} lines, limit {FILE_LINES}"] if lines > FILE_LINES else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node, clean=False) is not None
            skipped = (node.body[0].end_lineno or 0) - node.body[0].lineno + 1 if documented else 0
            length = (node.end_lineno or 0) - node.lineno + 1 - skipped
            if length > FUNCTION_LINES:
                found.append(f"{name}:{node.lineno} {node.name}: {length} lines, limit {FUNCTION_LINES}")
    return found


def test_nothing_is_too_long() -> None:
    waived = settings().get("size-waivers", {})
    found = [v for path in sources() if relative(path) not in waived for v in too_long(relative(path), path.read_text())]
    assert not found, "\n".join(found)


def test_waivers_are_needed_and_have_reasons() -> None:
    by_name = {relative(path): path for path in sources()}
    for name, reason in settings().get("size-waivers", {}).items():
        assert len(reason) > 20, f"{name}: say why"
        assert name in by_name, f"{name}: waived but absent"
        assert too_long(name, by_name[name].read_text()), f"{name}: waived but within the limits"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x = 1\n" * FILE_LINES, 0),
        ("x = 1\n" * (FILE_LINES + 1), 1),
        ("def f():\n" + "    x = 1\n" * (FUNCTION_LINES - 1), 0),
        ("def f():\n" + "    x = 1\n" * FUNCTION_LINES, 1),
        ('def f():\n    """A\n\n    b.\n    """\n' + "    x = 1\n" * (FUNCTION_LINES - 1), 0),
    ],
)
def test_the_measure_itself(text: str, count: int) -> None:
    assert len(too_long("planted.py", text)) == count
