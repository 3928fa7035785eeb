"""The development corpora as queries: SPL by source with its macros, Sumo by app."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

from bench.language.trials import Query
from pilotage.cli.macros import read_macros

OUT = frozenset({"macro_missing", "custom_command", "suspect_text"})
"""Flags of lines that count neither as accepted nor as refused."""
LLM = "fenre"
SEED = 20261122


def corpus(folder: Path, name: str) -> list[Query]:
    """`spl` (written by people), `llm` (SPL with a machine's help) or `sumo`; empty when the file is not there."""
    path = folder / ("sumo-dev.jsonl.gz" if name == "sumo" else "spl-dev.jsonl.gz")
    if not path.is_file():
        return []
    documents = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    if name == "sumo":
        return [Query(each["id"], each["query"], "sumo", "sumo") for each in documents]
    macros = read_macros(folder / "spl-dev-macros.json", [])
    knowledge = {source: macros.of(source) for source in {each["source"] for each in documents}}
    return [
        Query(each["id"], each["query"], "spl", name, "postprocess" in each["flags"], knowledge[each["source"]])
        for each in documents
        if (each["source"] == LLM) == (name == "llm") and not OUT & set(each["flags"])
    ]


def some(queries: list[Query], count: int) -> list[Query]:
    """So many of them, always the same."""
    return queries if len(queries) <= count else random.Random(SEED).sample(queries, count)
