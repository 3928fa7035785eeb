"""The editor's questions over a real store: fields by index, what a stage leaves, findings with their places, and none of it counted as use."""

from __future__ import annotations

import sys

import pytest

from pilotage.engine.assistance import LONGEST, Assistant
from pilotage.language.catalogue import KnownObjects, Macro
from pilotage.language.complete.words import MOST, FieldWord, Words
from pilotage.model.knowledge import Lookup
from pilotage.model.problem import PilotageError
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000


class Shelf:
    """A library of one lookup, whose rows nobody may ask for."""

    def lookup(self, name):
        return Lookup("teams.csv", ("host", "team"), digest="0" * 64) if name in ("teams", "teams.csv") else None

    def lookup_names(self):
        return ("teams.csv",)

    def rows(self, lookup):
        raise AssertionError(f"an editor read the rows of {lookup.name}")

    def keep(self, lookup, rows):
        raise AssertionError(f"an editor wrote {lookup.name}, {rows.num_rows} rows")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = open_store(tmp_path_factory.mktemp("assistance") / "store")
    events = sys.modules["pilotage_test_script"].events
    opened.backend.insert("pilotage.logs", events("main", [{"_raw": "a", "latency": 5, "service": "pay"}], NOW))
    opened.backend.insert("pilotage.logs", events("other", [{"_raw": "b", "elsewhere": "x"}], NOW))
    opened.backend.insert("pilotage.logs", events("_internal", [{"_raw": "c", "inner": "x"}], NOW))
    yield opened
    opened.close()


@pytest.fixture
def assistant(store):
    return Assistant(store, lambda: KnownObjects({"slow(1)": Macro("latency > $n$", ("n",))}, complete=True), Shelf())


def words(assistant, query, language="spl"):
    at = query.index("^")
    return [each.label for each in assistant.complete(query.replace("^", ""), at, language).suggestions]


def findings(assistant, query, language="spl"):
    return [
        (each.severity, each.problem.code, None if each.problem.span is None else query[each.problem.span.start : each.problem.span.end])
        for each in assistant.lint(query, language)
    ]


def test_fields_of_the_indexes_that_are_named(assistant):
    assert {"latency", "service"} <= set(words(assistant, "index=main ^"))
    assert "elsewhere" not in words(assistant, "index=main ^")
    assert "elsewhere" in words(assistant, "index=other ^")
    assert {"latency", "elsewhere"} <= set(words(assistant, "^"))
    assert "inner" not in words(assistant, "^")
    assert "inner" in words(assistant, "index=_internal ^")
    assert words(assistant, "index=^") == ["_internal", "main", "other"]
    assert "latency" in words(assistant, "_index=main | where ^", "sumo")


def test_what_the_stages_before_leave(assistant):
    assert words(assistant, "index=main | stats count, avg(latency) AS mean BY service | fields ^")[:3] == ["service", "count", "mean"]
    assert "latency" not in words(assistant, "index=main | stats count | fields ^")
    assert words(assistant, "index=main | eval made=latency*2 | fields ^")[0] == "made"
    assert "latency" in words(assistant, "index=main | eval made=latency*2 | fields ^")
    assert words(assistant, 'index=main | rex "(?<word>\\w)" | appendpipe [where latency>1 | fields ^')[0] == "word"
    assert words(assistant, "* | timeslice 5m | count by _timeslice | where _^", "sumo")[:2] == ["_timeslice", "_count"]
    assert "latency" in words(assistant, "index=main | unheard-of ( | fields ^")
    assert words(assistant, "index=main | append [| makeresults | eval only=1 | fields on^")[0] == "only"


def test_names_that_people_have_made(assistant):
    assert words(assistant, "index=main `sl^") == ["slow(n)"]
    assert words(assistant, "| inputlookup te^") == ["teams.csv"]
    assert words(assistant, "index=main | lookup teams ^")[:2] == ["host", "team"]


def test_the_error_of_a_query_at_its_place(assistant):
    assert findings(assistant, "index=main | stts count") == [("error", "unknown-command", "stts")]
    assert findings(assistant, "index=main `nothing`") == [("error", "macro-unknown", "`nothing`")]
    assert findings(assistant, "index=main | lookup tems host") == [("error", "unknown-lookup", "tems")]
    assert findings(assistant, "error | timeslic 5m", "sumo") == [("error", "unknown-command", "timeslic")]
    assert findings(assistant, "index=main | eval x=sha1(") == [("error", "syntax", "")]


def test_warnings_at_their_places(assistant):
    assert findings(assistant, "index=main | stats avg(latencyy)") == [("warning", "unknown-field", "latencyy")]
    assert assistant.lint("index=main | stats avg(latencyy)", "spl")[0].problem.hint == "did you mean `latency`?"
    assert findings(assistant, "index=nowhere") == [("warning", "unknown-index", "index=nowhere")]
    assert findings(assistant, "index=main | stats avg(latency)") == []
    assert findings(assistant, "index=main `slow(4)` | lookup teams host") == []
    assert findings(assistant, "   ") == []


def test_silent_limits_and_options_without_effect(assistant):
    assert findings(assistant, "index=main | sort latency") == [("info", "silent-limit", "sort")]
    assert findings(assistant, "index=main | sort 0 latency") == []
    assert findings(assistant, "index=main | sort limit=5 latency") == []
    assert findings(assistant, "index=main | append [search index=other | sort 0 elsewhere]") == [("info", "silent-limit", "append")]
    assert findings(assistant, "index=main | stats partitions=4 count") == [("info", "no-effect", "partitions")]
    assert findings(assistant, "index=main | head 5 | append maxout=9 [search index=other | sort elsewhere]") == [
        ("info", "silent-limit", "sort")
    ]


def test_asking_is_no_use_of_a_field(assistant, store):
    store.catalogue.take_uses()
    assistant.lint("index=main latency>1 | stats avg(latency) by service", "spl")
    words(assistant, "index=main latency>1 | stats avg(latency) | fields ^")
    assert store.catalogue.uses() == 0


def test_a_query_beyond_reason(assistant):
    assert assistant.complete("x" * (LONGEST + 1), LONGEST + 1, "spl").suggestions == ()
    assert findings(assistant, "index=main " + "x" * 300_000)[0][:2] == ("error", "query-too-long")
    assert findings(assistant, "index=main | eval x=" + "(" * 50_000)[0][0] == "error"
    with pytest.raises(PilotageError, match="language-unknown"):
        assistant.lint("x", "klingon")


def test_thousands_of_fields_are_cut_to_what_is_typed(assistant, monkeypatch):
    """Those that begin with it come first, wherever they stand; that there are more is said, so that the next letter asks again."""
    many = tuple(FieldWord(f"zz.attr{k}", ("text",), "attributes", ("main",)) for k in range(3000))
    last = FieldWord("attr.last", ("text",), "attributes", ("main",))
    monkeypatch.setattr(assistant, "_words", lambda: Words((*many, last), ("main",)))
    found = assistant.complete("index=main | fields attr", 24, "spl")
    assert found.suggestions[0].label == "attr.last"
    assert (len(found.suggestions), found.whole) == (MOST, False)
    assert [each.label for each in assistant.complete("index=main | fields zz.attr2999", 31, "spl").suggestions] == ["zz.attr2999"]
