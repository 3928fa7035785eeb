"""How many accepted queries of the corpora run, and give rows, over events made for them: `python -m bench.language.runs [--count N]`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from bench.language.corpora import corpus, some
from bench.language.trials import Outcome, kind_of_cause, trials, written
from bench.table import Figure, render
from bench.work import Work

NAMES = ("spl", "llm", "sumo")
COUNT = 1500
SHOWN = 40


def runs(work: Work) -> list[Figure]:
    """The three corpora; a sample of each when quick."""
    folder = work.tools.parents[1] / "corpora"
    figures: list[Figure] = []
    for name in NAMES:
        queries = corpus(folder, name)
        if not queries:
            figures.append(Figure(f"runs {name}", None, "%", note=f"no corpus in {folder.name}"))
            continue
        outcomes = list(trials(some(queries, 100 if work.quick else COUNT)))
        figures += shares(name, outcomes)
        for each in outcomes:
            if each.state in ("error", "crash"):
                work.keep({"item": f"runs {name}", "id": each.query.id, "cause": each.cause})
    return figures


def shares(name: str, outcomes: list[Outcome]) -> list[Figure]:
    """Of the accepted queries: the share that ran, and the share that gave rows."""
    accepted = [each for each in outcomes if each.state != "refused"]
    ran = [each for each in accepted if each.state == "ran"]
    full = [each for each in ran if each.rows]
    most = max(1, len(accepted))
    note = f"{len(accepted)} accepted of {len(outcomes)}"
    return [
        Figure(f"runs {name}", round(100 * len(ran) / most, 2), "%", ">= 99", note),
        Figure(f"rows {name}", round(100 * len(full) / most, 2), "%", ">= 50", note),
    ]


def _causes(outcomes: list[Outcome]) -> str:
    counts: Counter[str] = Counter()
    example: dict[str, Outcome] = {}
    for each in outcomes:
        if each.state in ("error", "crash"):
            cause = kind_of_cause(f"{each.state}: {each.cause}")
            counts[cause] += 1
            example.setdefault(cause, each)
    return "".join(
        f"{count:5}  {cause}\n       such as {example[cause].query.id}: {example[cause].cause[:300]}\n"
        for cause, count in counts.most_common(SHOWN)
    )


def main() -> int:
    """Run corpora, print shares and ranked causes; `--out` keeps a line a query."""
    parser = argparse.ArgumentParser(prog="python -m bench.language.runs", description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="CORPUS", help=f"of {' '.join(NAMES)}; default all")
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parents[3] / "shared" / "corpora")
    parser.add_argument("--count", type=int, default=COUNT, help="queries of each corpus, a sample that is always the same")
    parser.add_argument("--skip", type=int, default=0, help="leave out the first so many of them")
    parser.add_argument("--ids", type=Path, help="only the queries whose ids this file holds, a line each")
    parser.add_argument("--out", type=Path, help="a line of JSON a query")
    options = parser.parse_args()
    only = set(options.ids.read_text().split()) if options.ids else None
    for name in options.names:
        queries = corpus(options.folder, name)
        if not queries:
            print(f"{name}: no corpus in {options.folder}", file=sys.stderr)
            continue
        chosen = [each for each in queries if each.id in only] if only is not None else some(queries, options.count)[options.skip :]
        outcomes: list[Outcome] = []
        with options.out.open("a", encoding="utf-8") if options.out else open("/dev/null", "w") as file:  # noqa: PTH123
            for each in trials(chosen):
                outcomes.append(each)
                file.write(written(each) + "\n")
        print(_causes(outcomes) + render(shares(name, outcomes)), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
