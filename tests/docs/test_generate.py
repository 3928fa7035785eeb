"""The generated pages are those of the code."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from pilotage.language.commands import commands
from pilotage.language.functions import AGGREGATES, EVAL, SUMO
from pilotage.language.syntax import sumo_aggregates


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    path = Path(__file__).parents[2] / "docs" / "generate.py"
    spec = importlib.util.spec_from_file_location("docs_generate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_up_to_date(generate: ModuleType) -> None:
    assert generate.stale() == []


def test_missing_changed_and_left_over_pages_are_noticed(generate: ModuleType, tmp_path: Path) -> None:
    pages = generate.pages()
    for name, text in pages.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert generate.stale(tmp_path) == []
    (tmp_path / "gone.md").write_text("x", encoding="utf-8")
    (tmp_path / "stats.md").write_text("x", encoding="utf-8")
    (tmp_path / "head.md").unlink()
    assert generate.stale(tmp_path) == ["gone.md", "head.md", "stats.md"]


def test_a_page_shows_every_option(generate: ModuleType) -> None:
    for command in commands().values():
        page = generate.page(command)
        assert all(f"| `{option.name}` |" in page for option in command.options)


def test_pages_of_operators_are_up_to_date(generate: ModuleType) -> None:
    assert generate.stale(generate.OPERATORS, generate.operator_pages()) == []


def test_pages_of_functions_are_up_to_date(generate: ModuleType) -> None:
    assert generate.stale(generate.FUNCTIONS, generate.function_pages()) == []


def test_every_function_that_can_be_written_is_on_a_page(generate: ModuleType) -> None:
    text = "\n".join(generate.function_pages().values())
    names = {name for known in (EVAL, AGGREGATES) for name in known if "." not in name} | {*SUMO, *sumo_aggregates.AGGREGATES}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []


def test_every_file_of_a_command_or_operator_has_a_page(generate: ModuleType) -> None:
    """From the folders, not from what was found in them: a file that is not discovered has no page either."""
    source = Path(__file__).parents[2] / "src" / "pilotage" / "language"
    for folder, kind in ((generate.FOLDER, "commands"), (generate.OPERATORS, "operators")):
        files = {path.stem for path in (source / kind).glob("[a-z]*.py")}
        assert {path.stem for path in folder.glob("*.md")} - {"index"} == files
