"""What is offered at the cursor: `^` marks it in the query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.language.catalogue import KnownObjects, Macro
from pilotage.language.commands import commands, spellings
from pilotage.language.complete import hover, spl, sumo
from pilotage.language.complete.words import FieldWord, Flow, Words
from pilotage.language.operators import operators

WORDS = Words(
    fields=(
        FieldWord("index", ("text",), "fixed", ("main",)),
        FieldWord("host", ("text",), "fixed", ("main",)),
        FieldWord("http.status", ("integer",), "attributes", ("main",)),
        FieldWord("user name", ("text",), "attributes", ("main",)),
    ),
    indexes=("_internal", "main"),
    knowledge=KnownObjects({"slow(1)": Macro("ms > $n$", ("n",)), "fast": Macro("ms < 9")}, {"failed": "error"}, {"web": (("host", "a"),)}),
    lookups=(("teams.csv", ("host", "team")),),
)
OPEN = Flow()


def asked(query, language="spl", flow=OPEN):
    at = query.index("^")
    found = (spl if language == "spl" else sumo).complete(query[:at], WORDS, flow)
    return query[found.start : at], [each.insert for each in found.suggestions], found


@pytest.mark.parametrize(
    ("query", "typed", "first"),
    [
        ("ho^", "ho", ["host="]),
        ("index=^", "", ["_internal", "main"]),
        ("index=ma^", "ma", ["main"]),
        ('index="ma^', "ma", ['main"']),
        ("error `sl^", "sl", ["slow(n)`"]),
        ("eventtype=^", "", ["failed"]),
        ("tag::host=^", "", ["web"]),
        ("index=main | stat^", "stat", ["stats "]),
        ("| inputl^", "inputl", ["inputlookup "]),
        ("| inputlookup ^", "", ["teams.csv "]),
        ("* | lookup te^", "te", ["teams.csv "]),
        ("* | lookup teams.csv te^", "te", ["team"]),
        ("* | stats avg(ho^", "ho", ["host"]),
        ("* | stats count b^", "b", ["BY "]),
        ("* | stats count by ht^", "ht", ["http.status"]),
        ("* | timechart usen^", "usen", ["usenull="]),
        ("* | timechart usenull=^", "", ["t", "f"]),
        ("* | join type=^", "", ["inner", "left", "outer"]),
        ("| metadata type=^", "", ["hosts", "sources", "sourcetypes"]),
        ("* | rex field=ho^", "ho", ["host"]),
        ("* | eval x=coal^", "coal", ["coalesce("]),
        ("* | eval x=if(htt^", "htt", ["'http.status'"]),
        ("* | where 'htt^", "htt", ["http.status'"]),
        ("* | stats sum(eval(coal^", "coal", ["coalesce("]),
        ("* | append [search ho^", "ho", ["host="]),
        ("* | appendpipe [tai^", "tai", ["tail "]),
        ("* | appendpipe [stats count | tai^", "tai", ["tail "]),
        ("* | streamstats reset_before=(coal^", "coal", ["coalesce("]),
        ('* | eval x="a|b[c" | tai^', "tai", ["tail "]),
        ('* | rex "[a" | tai^', "tai", ["tail "]),
        ("* ```a | b``` | tai^", "tai", ["tail "]),
        ("it's | tai^", "tai", ["tail "]),
        ("* | fields us^", "us", ['"user name"']),
    ],
)
def test_spl(query, typed, first):
    found = asked(query)
    assert (found[0], found[1][: len(first)]) == (typed, first)


@pytest.mark.parametrize(
    ("query", "typed", "first"),
    [
        ("_sourceC^", "_sourceC", ["_sourceCategory="]),
        ("_index=m^", "m", ["main"]),
        ("error | timesl^", "timesl", ["timeslice "]),
        ("error | pct^", "pct", ["pct("]),
        ("error | count b^", "b", ["by "]),
        ("error | avg(htt^", "htt", ["http.status"]),
        ('error | where %"us^', "us", ['user name"']),
        ("error | count by user^", "user", ['%"user name"']),
        ("error | outlier _count thre^", "thre", ["threshold="]),
        ("error | outlier _count direction=^", "", ["+", "-", "+-"]),
        ("error | lookup team from ^", "", ["teams.csv "]),
        ("error | join (timesl^", "timesl", ["timeslice "]),
        ('error | join (parse "(*" as a | timesl^', "timesl", ["timeslice "]),
        ("error | where coal^", "coal", ["coalesce("]),
        ("_index=main [subquery: a | compos^", "compos", ["compose "]),
        ("error // | x\n| timesl^", "timesl", ["timeslice "]),
        ('error | where a matches /[|"]/ | timesl^', "timesl", ["timeslice "]),
    ],
)
def test_sumo(query, typed, first):
    found = asked(query, "sumo")
    assert (found[0], found[1][: len(first)]) == (typed, first)


@pytest.mark.parametrize(
    ("query", "language", "field"),
    [
        ("host=^", "spl", "host"),
        ('index=main host!="a^', "spl", "host"),
        ("host IN (a, ^", "spl", "host"),
        ('* | where host="^', "spl", "host"),
        ("_sourceHost=^", "sumo", "host"),
        ('a | where host = "^', "sumo", "host"),
    ],
)
def test_values_of_a_field(query, language, field):
    assert asked(query, language)[2].values_of == field


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("* ```co^", "spl"),
        ("* | stats count AS ^", "spl"),
        ('* | eval x="co^', "spl"),
        ("* | where count>0^", "spl"),
        ("* | stats count by host | head 5^", "spl"),
        ("error | where a > 5^", "sumo"),
        ("error | timeslice 5m^", "sumo"),
        ("error // co^", "sumo"),
        ("error | count as ^", "sumo"),
    ],
)
def test_nothing_where_words_are_free(query, language):
    assert asked(query, language)[1] == []


def test_columns_of_earlier_stages_come_first_and_close_the_list():
    closed = Flow(("count", "service"), open=False)
    assert [each.label for each in asked("* | stats count by service | fields ^", flow=closed)[2].suggestions][:2] == ["count", "service"]
    assert "host" not in [each.label for each in asked("* | stats count by service | fields ^", flow=closed)[2].suggestions]
    opened = Flow(("made",), open=True)
    assert [each.label for each in asked("* | eval made=1 | fields ^", flow=opened)[2].suggestions][:3] == ["made", "index", "host"]
    assert asked("* | count by x | where _co^", "sumo", Flow(("_count",), open=False))[1] == ["_count"]


def test_every_command_offers_its_own_options():
    for name, command in spellings("spl").items():
        query = f"index=main | {name} ^" if command.parse else f"| {name} ^"
        labels = {each.label for each in asked(query)[2].suggestions}
        if command.name in {"search", "metasearch", "where", "head", "eval", "fieldformat", "mcatalog", "lookup"}:
            continue
        assert {option.name for option in command.options if not option.name.startswith("<")} <= labels, name


def test_examples_do_not_disturb_it():
    """At every place of every example something sensible happens: no failure, and the start is before the cursor."""
    for reader, known in ((spl, commands()), (sumo, operators())):
        for each in known.values():
            for example in each.examples:
                for at in range(len(example.text) + 1):
                    found = reader.complete(example.text[:at], WORDS, OPEN)
                    assert 0 <= found.start <= at
                    language = "spl" if reader is spl else "sumo"
                    card = hover.hover(example.text, at, language, WORDS)
                    assert card is None or 0 <= card.start <= at <= card.end
                    hover.signature(example.text[:at], language)


PIECES = st.lists(
    st.sampled_from(
        ["|", "[", "]", "(", ")", '"', "'", "`", "```", "\\", ",", "=", " ", "stats", "eval", "join", "count", "a", "%", "/", "//", "by "]
    ),
    max_size=40,
).map("".join)


@given(PIECES | st.text(max_size=60), st.sampled_from(["spl", "sumo"]))
def test_any_text(text, language):
    found = (spl if language == "spl" else sumo).complete(text, WORDS, OPEN)
    assert 0 <= found.start <= len(text)
    hover.hover(text, len(text) // 2, language, WORDS)
    hover.signature(text, language)


@pytest.mark.parametrize(
    "piece",
    ["[", "(", "]", ")", "a", '"', "'", "`", "|", "a=", "by ", "eval(", "[(", "/", "\\", "a in (", '%"', ",", "| stats count [ ", "[]"],
)
@pytest.mark.parametrize("language", ["spl", "sumo"])
def test_a_long_text_takes_steps_in_proportion(piece, language):
    """Twenty thousand letters of anything end: what took the square of them would not."""
    text = piece * (20_000 // len(piece))
    (spl if language == "spl" else sumo).complete(text, WORDS, OPEN)
    hover.hover(text, len(text) // 2, language, WORDS)
    hover.signature(text, language)
