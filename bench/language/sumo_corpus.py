"""How many queries of a corpus of Sumo queries parse and plan: `python bench/language/sumo_corpus.py FILE.jsonl.gz`, causes by rank."""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections import Counter
from pathlib import Path

from pilotage.engine.statements import statements
from pilotage.language.dialects import sumo
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.sql.context import Context
from pilotage.model.problem import PilotageError
from pilotage.store.catalogue import StaticCatalogue

NOW = 1_767_607_200_000_000_000
SHOWN = 40


def main() -> int:
    """Count, then list the causes of refusals with an example each; `--sql` lowers every plan too."""
    lower = "--sql" in sys.argv
    path = Path(next(each for each in sys.argv[1:] if not each.startswith("--")))
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = [json.loads(line) for line in text.splitlines()]
    if "--some" in sys.argv:
        rows = rows[:: len(rows) // 500]
    context = sumo.context(NOW, None, "-1h", "now")
    causes: Counter[str] = Counter()
    example: dict[str, str] = {}
    started = time.process_time()
    for row in rows:
        try:
            plan = sumo.parse(row["query"], context)
            if lower:
                statements(plan, Context(StaticCatalogue(), EVAL, AGGREGATES, NOW))
        except PilotageError as error:
            span = error.problem.span
            cause = f"{error.problem.code}: {error.problem.sentence}"
            causes[cause] += 1
            example.setdefault(cause, f"{row['id']} …{row['query'][max(0, span.start - 60) : span.end + 60]!r}" if span else row["id"])
    seconds = time.process_time() - started
    refused = sum(causes.values())
    print(
        f"{len(rows) - refused} of {len(rows)} accepted, {100 * (1 - refused / len(rows)):.2f} %, {1000 * seconds / len(rows):.2f} ms each"
    )
    for cause, count in causes.most_common(SHOWN):
        print(f"{count:5} {cause}\n      {example[cause]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
