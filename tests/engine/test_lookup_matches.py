"""`lookup` against a reference written in Python, on random tables and values."""

from __future__ import annotations

import ipaddress
import json
import random
import re

import pytest

from pilotage.engine.effects import allowed
from pilotage.engine.library import StateLibrary
from pilotage.engine.run import Engine, Search
from pilotage.model.knowledge import Lookup
from pilotage.state.open import open_state
from pilotage.store.open import open_store


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("matches")
    store, state = open_store(folder / "store"), open_state(folder)
    library = StateLibrary(state)
    yield Engine(store, library.knowledge, library), library
    state.close()
    store.close()


def wild(cell, value):
    return re.fullmatch(".*".join(re.escape(part) for part in cell.split("*")), value, re.DOTALL) is not None


def inside(cell, value):
    try:
        return cell == value or ("/" in cell and ipaddress.ip_address(value) in ipaddress.ip_network(cell, strict=False))
    except ValueError:
        return False


def texts(chance, count):
    return ["".join(chance.choice("abAB%_\\.*" if star else "abAB%_\\.") for _ in range(chance.randint(1, 4))) for star in [True] * count]


def addresses(chance, count, *, networks):
    made = []
    for _ in range(count):
        six = chance.random() < 0.3
        address = (
            str(ipaddress.IPv6Address(0x20010DB8 << 96 | chance.randrange(8)))
            if six
            else f"10.0.{chance.randrange(3)}.{chance.randrange(4)}"
        )
        size = chance.choice((96, 125, 128) if six else (0, 8, 24, 30, 32, 40))
        made.append(chance.choice((address, "x", "")) if not networks or chance.random() < 0.2 else f"{address}/{size}")
    return made


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("way", ["EXACT", "WILDCARD", "CIDR"])
@pytest.mark.parametrize("most", [1, 3])
def test_matches_are_those_of_the_reference(engine, way, most, seed):
    running, library = engine
    chance = random.Random(f"{seed} {way} {most}")
    folds = chance.random() < 0.5
    cells = addresses(chance, 12, networks=True) if way == "CIDR" else texts(chance, 12)
    values = addresses(chance, 15, networks=False) if way == "CIDR" else [text.replace("*", "") or "a" for text in texts(chance, 15)]
    values = [value for value in values if value]
    lines = "\n".join(f'"{cell}",{chance.choice("xy")}{number}' for number, cell in enumerate(cells))
    matches = () if way == "EXACT" else (("k", way),)
    kept = library.put(Lookup("t", matches=matches, case_sensitive=not folds, most=most), f"k,o\n{lines}\n".encode())
    table = [(row["k"], row["o"]) for row in library.rows(kept).to_pylist() if row["k"]]
    library.put(Lookup("values"), ("v\n" + "\n".join(f'"{value}"' for value in values) + "\n").encode())
    test = {"EXACT": lambda cell, value: cell == value, "WILDCARD": wild, "CIDR": inside}[way]

    def expected(value):
        fold = str.lower if folds else str
        found = [out for cell, out in table if test(fold(cell), fold(value))][:most]
        return found[:1] if most == 1 else found

    result = running.start(Search("| inputlookup values | lookup t k AS v OUTPUT o | table v o", permit=allowed))
    rows = [json.loads(line) for piece in result.ndjson() for line in piece.splitlines()]
    assert len(rows) == len(values)
    for value, row in zip(values, rows, strict=True):
        found = row.get("o", [])
        assert (found if isinstance(found, list) else [found]) == expected(value), (value, table)
