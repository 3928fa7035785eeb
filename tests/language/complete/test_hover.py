"""Help on a word, and how what is being written goes on: `^` marks the pointer or the cursor."""

from __future__ import annotations

import pytest

from pilotage.language.catalogue import KnownObjects, Macro
from pilotage.language.complete import hover
from pilotage.language.complete.words import FieldWord, Words

WORDS = Words(
    fields=(FieldWord("host", ("text",), "fixed", ("main",)), FieldWord("http.status", ("integer",), "attributes", ("main",))),
    knowledge=KnownObjects({"slow(1)": Macro("ms > $n$", ("n",))}),
    lookups=(("teams.csv", ("host", "team")),),
)


@pytest.mark.parametrize(
    ("query", "language", "word", "kind", "page"),
    [
        ("index=main | st^ats count", "spl", "stats", "command", "commands/stats.md"),
        ("index=main | buc^ket span=1m _time", "spl", "bucket", "command", "commands/bin.md"),
        ("index=main | stats co^unt", "spl", "count", "aggregate", "functions/aggregates.md"),
        ("index=main | stats count by ho^st", "spl", "host", "field", None),
        ("index=main | timechart usen^ull=f count", "spl", "usenull", "option", None),
        ("index=main | eval x=sub^str(a, 1)", "spl", "substr", "function", "functions/text.md"),
        ("index=main | stats avg(eval(i^f(a, 1, 2)))", "spl", "if", "function", "functions/conditional.md"),
        ("index=main | where 'http.^status'>1", "spl", "'http.status'", "field", None),
        ("index=main | lookup tea^ms.csv host", "spl", "teams.csv", "lookup", None),
        ("index=main `sl^ow(5)`", "spl", "`slow(5)`", "macro", None),
        ("sea^rch x", "spl", "search", "command", "commands/search.md"),
        ("error | times^lice 5m", "sumo", "timeslice", "command", "operators/timeslice.md"),
        ("error | a^vg(x) by y", "sumo", "avg", "aggregate", "functions/aggregates.md"),
        ("error | where nu^m(x) > 1", "sumo", "num", "function", "functions/conversion.md"),
        ("error | outlier x win^dow=5", "sumo", "window", "option", None),
        ("_source^Host=a", "sumo", "_sourceHost", "field", None),
    ],
)
def test_a_word(query, language, word, kind, page):
    at, text = query.index("^"), query.replace("^", "")
    card = hover.hover(text, at, language, WORDS)
    assert card is not None
    assert (text[card.start : card.end], card.kind, card.page) == (word, kind, page)
    assert card.title
    assert card.summary


@pytest.mark.parametrize(
    "query", ["index=main ```sta^ts```", 'index=main "sta^ts"', "index=main | stats  ^  count", "index=main | nothi^ng", "nowor^d"]
)
def test_nothing_is_known(query):
    assert hover.hover(query.replace("^", ""), query.index("^"), "spl", WORDS) is None


@pytest.mark.parametrize(
    ("query", "language", "label", "argument"),
    [
        ("* | eval x=substr(a, ", "spl", "substr(a, b[, c])", 1),
        ("* | eval x=if(len(", "spl", "len(a)", 0),
        ("* | eval x=coalesce(", "spl", "coalesce(a, …)", 0),
        ("* | stats avg(", "spl", "avg(<field>)", 0),
        ("* | fields ", "spl", "fields [+|-] <field>…", None),
        ("a | where substring(x, 1, ", "sumo", "substring(a, b[, c])", 2),
        ("a | limit ", "sumo", "limit <number>", None),
    ],
)
def test_what_is_being_written(query, language, label, argument):
    found = hover.signature(query, language)
    assert found is not None
    assert (found.label, found.argument) == (label, argument)
    assert found.help


@pytest.mark.parametrize("query", ["* | unheard ", "* | sta", "* ``` stats "])
def test_nothing_is_being_written_that_is_known(query):
    assert hover.signature(query, "spl") is None
