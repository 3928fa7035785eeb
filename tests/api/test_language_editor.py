"""The editor's questions over HTTP: their shape, rights, and bad requests."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000


@pytest.fixture(scope="module")
def server(start_anywhere, tmp_path_factory):
    """An open server over a store with one event."""
    folder = tmp_path_factory.mktemp("editor")
    store = open_store(folder / "store")
    rows = [{"_raw": "event", "latency": 4}]
    store.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events("main", rows, NOW))
    with start_anywhere(folder / "data") as running:
        running.services.store = store
        running.services.intake.spool = SimpleNamespace(segments=list)
        yield running
    store.close()


def ask(server, name, **document):
    answer = server.call("POST", f"/api/v1/language/{name}", document=document)
    return answer.status, json.loads(answer.body)


def test_completion(server):
    status, found = ask(server, "complete", text="index=main | stats avg(lat", position=26)
    assert status == 200
    assert (found["start"], found["values_of"], found["whole"]) == (23, None, True)
    assert found["words"][0] == {
        "label": "latency",
        "kind": "field",
        "insert": "latency",
        "detail": "integer",
        "help": "attributes, in main",
    }
    assert ask(server, "complete", text="host=", position=5)[1]["values_of"] == "host"


def test_hover(server):
    status, found = ask(server, "hover", text="error | timeslice 5m", position=12, language="sumo")
    assert status == 200
    assert (found["start"], found["end"], found["kind"], found["page"]) == (8, 17, "command", "operators/timeslice.md")
    assert found["examples"][0].keys() == {"text", "sentence"}
    assert ask(server, "hover", text="nothing", position=3) == (200, None)


def test_signature(server):
    assert ask(server, "signature", text="* | eval x=substr(a, ", position=21)[1]["argument"] == 1
    assert ask(server, "signature", text="* | unheard ", position=12) == (200, None)


def test_lint(server):
    status, found = ask(server, "lint", query="index=main | stats avg(latencyy)")
    assert status == 200
    (finding,) = found["findings"]
    assert (finding["severity"], finding["problem"]["code"], finding["problem"]["span"]) == ("warning", "unknown-field", [23, 31])
    assert ask(server, "lint", query="")[1] == {"findings": []}


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("complete", {"text": "x"}),
        ("complete", {"text": "x", "position": "1"}),
        ("hover", {"text": "x", "position": 0, "language": "klingon"}),
        ("lint", {"query": 5}),
        ("lint", {"query": "x", "zone": "No/Where"}),
    ],
)
def test_a_bad_request_is_refused(server, name, document):
    status, found = ask(server, name, **document)
    assert (status, bool(found["error"]["sentence"])) == (400, True)


@pytest.mark.parametrize("position", [-5, 0, 10**9])
def test_a_position_outside_the_text(server, position):
    assert ask(server, "complete", text="index=main | st", position=position)[0] == 200
    assert ask(server, "hover", text="index=main | st", position=position)[0] == 200
    assert ask(server, "signature", text="index=main | st", position=position)[0] == 200


def test_the_words_of_both_languages(server):
    found = json.loads(server.call("GET", "/api/v1/language?language=sumo").body)
    assert [each["name"] for each in found["dialects"]] == ["spl", "sumo"]
    timeslice = next(each for each in found["commands"] if each["name"] == "timeslice")
    assert (timeslice["first"], timeslice["piped"]) == (False, True)
    assert {"pct", "num"} <= {each["name"] for each in found["functions"]}
