"""The generated pages are those of the code."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from pilotage.language.commands import commands


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
