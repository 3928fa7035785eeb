"""Places of network addresses: the file in MaxMind's format, and `iplocation` over it."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from pilotage.engine.places import AddressFile
from pilotage.engine.run import Engine, Search
from pilotage.model.problem import PilotageError
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000
_FOUND = importlib.util.spec_from_file_location("pilotage_test_mmdb", Path(__file__).with_name("mmdb.py"))
assert _FOUND is not None
assert _FOUND.loader is not None
mmdb = importlib.util.module_from_spec(_FOUND)
_FOUND.loader.exec_module(mmdb)

PARIS = {
    "city": {"names": {"en": "Paris", "it": "Parigi"}},
    "country": {"names": {"en": "France", "de": "Frankreich"}},
    "continent": {"names": {"en": "Europe"}},
    "subdivisions": [{"names": {"en": "Ile-de-France"}}, {"names": {"en": "Paris"}}],
    "location": {"latitude": 48.85, "longitude": 2.35, "time_zone": "Europe/Paris", "metro_code": 75},
}


@pytest.fixture
def database(tmp_path):
    return mmdb.write_database(
        tmp_path / "city.mmdb", {"198.51.100.0/24": PARIS, "2001:db8::/32": {"country": {"names": {"en": "Nowhere"}}}}
    )


def test_places_of_both_versions(database):
    file = AddressFile(database)
    place = file.place("198.51.100.7", "it")
    assert place is not None
    assert (place.city, place.country, place.region, place.latitude) == ("Parigi", "France", "Ile-de-France", 48.85)
    assert (place.zone, place.metro, place.continent) == ("Europe/Paris", "75", "Europe")
    other = file.place("2001:db8::1", "en")
    assert other is not None
    assert (other.country, other.city, other.latitude) == ("Nowhere", None, None)
    assert file.place("203.0.113.1", "en") is None
    assert file.place("no address", "en") is None


def test_a_replaced_file_is_opened_again(database, tmp_path):
    file = AddressFile(database)
    file.refresh()
    new = mmdb.write_database(tmp_path / "new.mmdb", {"203.0.113.0/24": {"country": "Flat"}})
    new.replace(database)
    file.refresh()
    place = file.place("203.0.113.1", "en")
    assert place is not None
    assert place.country == "Flat"


@pytest.mark.parametrize("content", [None, b"no database"])
def test_a_file_that_is_none(tmp_path, content):
    path = tmp_path / "city.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PilotageError, match=r"cannot read the address database `city\.mmdb`") as caught:
        AddressFile(path).refresh()
    assert caught.value.problem.code == "location-database"


def test_columns_stand_beside_events(database, tmp_path):
    store = open_store(tmp_path / "store")
    rows = [{"ip": "198.51.100.7", "v": 1, "City": "was"}, {"ip": "203.0.113.9", "v": 2}, {"v": 3}, {"ip": "198.51.100.8", "v": 4}]
    store.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events("main", rows, NOW))
    engine = Engine(store, places=AddressFile(database))

    def ask(query):
        result = engine.start(Search(query, now=NOW))
        return [json.loads(line) for piece in result.ndjson() for line in piece.splitlines()], result.messages

    found, messages = ask("index=main | iplocation ip | sort v | table v City Country Region lat lon")
    place = {"City": "Paris", "Country": "France", "Region": "Ile-de-France", "lat": 48.85, "lon": 2.35}
    assert found == [{"v": 1, **place}, {"v": 2}, {"v": 3}, {"v": 4, **place}]
    assert messages == []
    found, _ = ask("index=main | iplocation prefix=src_ allfields=t lang=de ip | stats count by src_Country src_Timezone src_MetroCode")
    assert found == [{"src_Country": "Frankreich", "src_Timezone": "Europe/Paris", "src_MetroCode": "75", "count": 2}]
    whole, _ = ask("index=main | iplocation ip | search v=1")
    assert whole[0] | place == whole[0]
    assert whole[0]["ip"] == "198.51.100.7"
    store.close()
