from __future__ import annotations

import json

import pytest

from pilotage.cli.commands.monitors import documents
from pilotage.cli.saved import read_documents
from pilotage.model.problem import PilotageError


def test_dates_are_iso_text(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "m:\n  start: 2026-01-05T03:00:00\n  end: 2026-01-06T00:00:00Z\n  day: 2026-01-05\n  1: !!binary YQ==\n"
    )
    (tmp_path / "a.toml").write_text("[m]\nstart = 2026-01-05T03:00:00\nend = 2026-01-06T00:00:00Z\nday = 2026-01-05\n1 = 'YQ=='\n")
    expected = {"m": {"start": "2026-01-05T03:00:00", "end": "2026-01-06T00:00:00+00:00", "day": "2026-01-05", "1": "YQ=="}}
    assert read_documents(tmp_path / "a.yaml") == read_documents(tmp_path / "a.toml") == expected
    found = documents(tmp_path / "a.yaml")
    assert json.loads(json.dumps(found)) == [expected]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a: &a\n  again: *a\n", "contains itself"),
        ("a: &a\n  again: [*a]\n", "contains itself"),
        ("a: 2026-13-45T00:00:00\n", "month"),
        ("a: " + "[" * 150 + "]" * 150, "nested deeper"),
        (
            "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)),
            "more than",
        ),
    ],
)
@pytest.mark.parametrize("read", [documents, read_documents])
def test_documents_that_json_cannot_say_are_refused_in_a_sentence(tmp_path, text, word, read):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(PilotageError) as raised:
        read(path)
    assert raised.value.problem.code == "unreadable-file"
    assert word in raised.value.problem.sentence


def test_an_anchor_used_twice_is_no_recursion(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: &a\n  x: 1\nb: *a\n")
    assert read_documents(path) == {"a": {"x": 1}, "b": {"x": 1}}
