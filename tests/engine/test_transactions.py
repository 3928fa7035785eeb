"""`transaction` against a reading of the rules row by row, on random events."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.engine.run import Engine, Search
from pilotage.engine.transactions import greedy
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000
BASE = 1_767_600_000


def pieces(events, *, span=None, pause=None, most=None, starts=False, ends=False):
    """(key, oldest second, newest second, events) of every piece, read from the newest event on."""
    open_, done = {}, []
    for second, key, kind in sorted(events, key=lambda event: -event[0]):
        piece = open_.get(key)
        if piece is not None:
            long = span is not None and piece[0] - second > span
            late = pause is not None and piece[1] - second > pause
            if long or late or (most is not None and piece[2] == most) or (ends and kind == "end") or piece[4]:
                done.append((key, *open_.pop(key)))
                piece = None
        if piece is None:
            piece = open_[key] = [second, second, 0, ends and kind == "end", False]
        piece[1], piece[2] = second, piece[2] + 1
        piece[4] = starts and kind == "start"
    done += [(key, *piece) for key, piece in open_.items()]
    return sorted((k, old, new, n) for k, new, old, n, ended, started in done if (ended or not ends) and (started or not starts))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("transactions") / "store")
    engine = Engine(store)
    generator = np.random.default_rng(7)
    found = {}
    for name, size, width in (("dense", 400, 600), ("sparse", 400, 20_000), ("one", 300, 900)):
        seconds = generator.permutation(width)[:size].tolist()
        keys = ["k"] * size if name == "one" else [f"k{n}" for n in generator.integers(0, 5, size)]
        kinds = generator.choice(["start", "end", "mid", "mid"], size).tolist()
        found[name] = list(zip(seconds, keys, kinds, strict=True))
        rows = [{"_time": f"{np.datetime64(BASE + s, 's')}Z", "k": k, "kind": kind, "_raw": f"{kind} of {k}"} for s, k, kind in found[name]]
        store.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events(name, rows, NOW))

    def ask(index, options):
        query = f"index={index} | transaction k {options} | table k _time duration eventcount"
        lines = b"".join(engine.start(Search(query, now=NOW)).ndjson()).splitlines()
        rows = [json.loads(line) for line in lines]
        return sorted((r["k"], r["_time"] - BASE, r["_time"] - BASE + round(r["duration"]), r["eventcount"]) for r in rows)

    yield found, ask
    store.close()


CASES = (
    ("", {}),
    ("maxspan=60s", {"span": 60}),
    ("maxspan=7", {"span": 7}),
    ("maxpause=9s", {"pause": 9}),
    ("maxspan=100 maxpause=20", {"span": 100, "pause": 20}),
    ("maxevents=3", {"most": 3}),
    ("maxpause=30 maxevents=4", {"pause": 30, "most": 4}),
    ("startswith=(kind=start)", {"starts": True}),
    ("endswith=(kind=end)", {"ends": True}),
    ('startswith=start endswith=eval(kind="end")', {"starts": True, "ends": True}),
    ('startswith="kind=start" endswith="kind=end" maxspan=30s', {"starts": True, "ends": True, "span": 30}),
    ("endswith=end maxevents=2 maxpause=50", {"ends": True, "most": 2, "pause": 50}),
)


@pytest.mark.parametrize("index", ["dense", "sparse", "one"])
@pytest.mark.parametrize(("options", "rules"), CASES, ids=[options or "plain" for options, _ in CASES])
def test_pieces_are_those_of_the_rules(answers, index, options, rules):
    found, ask = answers
    assert ask(index, options) == pieces(found[index], **rules)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=30), min_size=1, max_size=90), st.integers(0, 40))
def test_cuts_are_as_late_as_they_can_be(runs, span):
    ticks, begins, wanted = [], [], []
    for run in runs:
        head = None
        for number, tick in enumerate(sorted(run, reverse=True)):
            begins.append(number == 0)
            new = head is None or head - tick > span
            head = tick if new else head
            wanted.append(new and number > 0)
            ticks.append(tick)
    assert greedy(np.array(ticks), np.array(begins), span).tolist() == wanted


def test_runs_longer_together_than_an_axis_holds():
    ticks = np.array([2**61, 2**60, 0] * 5)
    begins = np.array([True, False, False] * 5)
    assert greedy(ticks, begins, 2**60).tolist() == [False, False, True] * 5
