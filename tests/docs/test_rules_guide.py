"""Every example of the guide on rules does what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilotage.api.settings import parse_settings
from pilotage.engine.rules import compile_rules
from pilotage.engine.trial import Event, Origin, trial
from pilotage.store.open import Store, open_store

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "rules.md"
EXAMPLES = re.findall(r"^## ([^\n]*)\n(?:(?!^## ).)*?^```toml\n(.*?)^```\n```json\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("guide"))
    yield opened
    opened.close()


def test_the_guide_has_an_example_a_section() -> None:
    assert len(EXAMPLES) == GUIDE.read_text().count("```toml") >= 6


@pytest.mark.parametrize(("title", "rules", "lines"), EXAMPLES, ids=[title for title, _, _ in EXAMPLES])
def test_an_example(store: Store, monkeypatch: pytest.MonkeyPatch, title: str, rules: str, lines: str) -> None:
    monkeypatch.setenv("RULES_KEY", "0123456789abcdef0123456789abcdef")
    settings = parse_settings(rules)
    compiled = compile_rules(settings.redact, settings.extract, store.backend.rows)
    for line in lines.splitlines():
        case = json.loads(line)
        origin = Origin(**{name: case[name] for name in ("index", "sourcetype", "source", "host") if name in case})
        (outcome,) = trial(compiled, [case["before"]], origin)
        assert outcome.after == (None if case["after"] is None else Event(case["after"], case.get("fields", {}))), title
