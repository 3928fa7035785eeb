"""Accepted means it runs: queries of ours, and a sample of the corpora where they are at hand, over events made for them."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
OURS = json.loads(Path(__file__).with_name("queries.json").read_text(encoding="utf-8"))
CORPORA = Path(os.environ.get("PILOTAGE_CORPORA") or Path(__file__).resolve().parents[4] / "shared" / "corpora")
SAMPLE = 12


def _outcomes(queries):
    return list(importlib.import_module("bench.language.trials").trials(queries))


def test_queries_of_ours_run_and_give_rows() -> None:
    trials = importlib.import_module("bench.language.trials")
    queries = [trials.Query(f"{language} {text}", text, language) for language, texts in OURS.items() for text in texts]
    outcomes = _outcomes(queries)
    assert len(outcomes) == len(queries)
    wrong = [(each.query.id, each.state, each.cause) for each in outcomes if each.state != "ran"]
    assert wrong == []
    empty = [each.query.id for each in outcomes if not each.rows]
    assert len(empty) <= len(queries) // 10, empty


@pytest.mark.parametrize("name", ["spl", "llm", "sumo"])
def test_a_sample_of_a_corpus_runs(name: str) -> None:
    corpora = importlib.import_module("bench.language.corpora")
    queries = corpora.corpus(CORPORA, name)
    if not queries:
        pytest.skip(f"no corpus `{name}` here; PILOTAGE_CORPORA names the folder of spl-dev.jsonl.gz and sumo-dev.jsonl.gz")
    outcomes = [each for each in _outcomes(corpora.some(queries, SAMPLE)) if each.state != "refused"]
    wrong = [(each.query.id, each.cause) for each in outcomes if each.state != "ran"]
    assert len(wrong) <= 1, wrong
    assert sum(each.rows > 0 for each in outcomes) >= len(outcomes) / 2
