"""How many queries of the corpora `pilotage check` accepts, ranked causes beside: `python -m bench.language.accepted [NAME] [--every N]`."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.language.corpora import corpus
from bench.language.synthesis import NOW
from bench.language.trials import Query, kind_of_cause
from bench.table import Figure
from bench.work import Work
from pilotage.engine.checking import Question, check

GOALS = {"spl": 95.0, "llm": 93.0, "sumo": 92.0}
DATA_MODEL = re.compile(r"\bdatamodel\b", re.IGNORECASE)
SHOWN = 40


@dataclass(slots=True)
class Count:
    """Accepted and refused queries of a corpus; searches of data models are in neither."""

    accepted: int = 0
    refused: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    example: dict[str, str] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Accepted, per cent."""
        return 100 * self.accepted / max(1, self.accepted + self.refused)


def accepted(work: Work) -> list[Figure]:
    """The three corpora; every tenth query when quick."""
    folder = work.tools.parents[1] / "corpora"
    figures = []
    for name, goal in GOALS.items():
        queries = corpus(folder, name)[:: 10 if work.quick else 1]
        if not queries:
            figures.append(Figure(f"accepted {name}", None, "%", note=f"no corpus in {folder.name}"))
            continue
        found = counted(queries)
        note = f"{found.accepted} of {found.accepted + found.refused}"
        figures.append(Figure(f"accepted {name}", round(found.share, 2), "%", f">= {goal:g}", note))
    return figures


def counted(queries: list[Query]) -> Count:
    """Check each query as `pilotage check` does."""
    found = Count()
    for query in queries:
        if query.language == "spl" and DATA_MODEL.search(query.text):
            continue
        problem = check(Question(query.text, query.language, query.continued, query.knowledge), NOW)
        if problem is None:
            found.accepted += 1
            continue
        if problem.code == "data-model":
            continue
        found.refused += 1
        cause = kind_of_cause(f"{problem.code}: {problem.sentence}")
        found.causes[cause] += 1
        found.example.setdefault(cause, f"{query.id}: {problem.sentence}")
    return found


def main() -> int:
    """Count one corpus, or all, and list why queries are refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *GOALS])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    for name in options.names or GOALS:
        found = counted(corpus(options.corpora, name)[:: options.every])
        print(f"{name}: {found.accepted} of {found.accepted + found.refused}, {found.share:.2f} %")
        for cause, count in found.causes.most_common(SHOWN):
            print(f"{count:5}  {cause}\n       such as {found.example[cause][:200]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
