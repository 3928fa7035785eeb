from __future__ import annotations

import json
from pathlib import Path

import pytest

from pilotage.cli.definitions import read_definitions
from pilotage.cli.stanzas import read_stanzas
from pilotage.model.problem import PilotageError


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_stanzas_with_comments_and_continued_lines():
    text = "\ufeff# a comment\n[one]\ndefinition = a \\\n  | b\nempty =\n[two(1)]\nargs=x\ndefinition = c=$x$\n"
    assert read_stanzas(text) == {"one": {"definition": "a \n  | b", "empty": ""}, "two(1)": {"args": "x", "definition": "c=$x$"}}
    with pytest.raises(PilotageError, match="line 2"):
        read_stanzas("[a]\nnonsense\n")


def test_macros_of_both_kinds_of_file_are_the_same(tmp_path):
    conf = written(
        tmp_path, "macros.conf", "[m]\ndefinition = a=1\n[n(2)]\nargs = x, y\ndefinition = $x$.$y$\niseval = 1\n[meta]\nowner=x\n"
    )
    document = {"m": "a=1", "n(2)": {"args": ["x", "y"], "definition": "$x$.$y$", "iseval": True}}
    found = read_definitions("macro", conf)
    assert found == read_definitions("macro", written(tmp_path, "m.json", json.dumps(document)))
    assert found["n(2)"] == {"definition": "$x$.$y$", "arguments": ["x", "y"], "evaluated": True}
    assert found["m"] == {"definition": "a=1", "arguments": [], "evaluated": False}


def test_event_types_leave_out_disabled_ones(tmp_path):
    conf = written(tmp_path, "eventtypes.conf", "[a]\nsearch = x=1\n[b]\nsearch = x=2\ndisabled = true\n")
    assert read_definitions("eventtype", conf) == {"a": {"search": "x=1"}}


def test_tags_turned_round(tmp_path):
    conf = written(tmp_path, "tags.conf", "[host=a]\nprod = enabled\nold = disabled\n[eventtype=e]\nprod=enabled\n")
    pairs = [{"field": "host", "value": "a"}, {"field": "eventtype", "value": "e"}]
    assert read_definitions("tag", conf) == {"prod": {"pairs": pairs}}
    by_json = written(tmp_path, "t.json", '{"prod": {"host": "a", "eventtype": ["e"]}, "other": ["k=v=w"]}')
    assert read_definitions("tag", by_json) == {"prod": {"pairs": pairs}, "other": {"pairs": [{"field": "k", "value": "v=w"}]}}


@pytest.mark.parametrize(("kind", "text"), [("macro", '{"m": {}}'), ("eventtype", '{"e": 3}'), ("tag", '{"t": "x"}'), ("macro", "[]")])
def test_what_defines_nothing_says_so(tmp_path, kind, text):
    with pytest.raises(PilotageError, match="definition"):
        read_definitions(kind, written(tmp_path, "x.json", text))


def test_what_is_put_is_used_by_the_next_search(server, tmp_path):
    def rows(query):
        done = server.run("search", query)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    table = written(tmp_path, "colours.csv", "colour,hex,kind\nRED,ff0000,warm\nb*,0000ff,cold\n")
    done = server.run(
        "put", "lookup", "--match-type", "WILDCARD(colour)", "--case-sensitive-match", "false", "--max-matches", "1", str(table)
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr == "kept lookup colours.csv: 2 rows of colour, hex, kind\n"
    found = rows("index=main | lookup colours.csv colour OUTPUT kind | stats count by kind")
    assert found == [{"kind": "cold", "count": 5}, {"kind": "warm", "count": 5}]

    table.write_text("colour,kind\nred,hot\n", encoding="utf-8")
    assert server.run("put", "lookup", str(table)).returncode == 0
    assert rows("| inputlookup colours") == [{"colour": "red", "kind": "hot"}]

    assert (
        server.run("put", "macro", str(written(tmp_path, "m.json", '{"of(1)": {"args": "c", "definition": "colour=$c$"}}'))).returncode == 0
    )
    assert server.run("put", "eventtype", str(written(tmp_path, "e.json", '{"reds": "index=main `of(red)`"}'))).returncode == 0
    assert server.run("put", "tag", str(written(tmp_path, "t.json", '{"warm": ["eventtype=reds"]}'))).returncode == 0
    assert rows("index=main `of(red)` | stats count") == rows("eventtype=reds | stats count") == rows("index=main tag=warm | stats count")
    assert rows("eventtype=reds | stats count") == [{"count": 5}]

    assert rows("index=main | stats max(n) as top by colour | outputlookup tops.csv") == rows("| inputlookup tops.csv")
    assert [row["top"] for row in rows("| inputlookup tops.csv")] == [9, 8]
    assert rows("index=main colour=red | head 1 | collect index=copied | stats count") == [{"count": 1}]
    assert rows("index=copied | table colour sourcetype") == [{"colour": "red", "sourcetype": "stash"}]


def test_what_cannot_be_put_says_why(server, tmp_path):
    bad = written(tmp_path, "bad.csv", "a,a\n1,2\n")
    done = server.run("put", "lookup", str(bad))
    assert (done.returncode, done.stderr) == (1, "lookup-unreadable: the header of the lookup `bad.csv` has the column `a` twice\n")
    done = server.run("put", "lookup", "--match-type", "CIDR(b)", str(written(tmp_path, "c.csv", "a\n1\n")))
    assert (done.returncode, done.stderr.partition("\n")[0]) == (1, "unknown-column: the lookup `c.csv` has no column `b`")
    done = server.run("put", "eventtype", str(written(tmp_path, "e.json", '{"p": "a=1 | head 3"}')))
    assert (done.returncode, done.stderr.partition(":")[0]) == (1, "bad-request")
    done = server.run("put", "lookup", str(tmp_path / "none.csv"))
    assert (done.returncode, done.stderr.partition(":")[0]) == (1, "unreadable-file")


def test_questions_beside_a_search_know_the_same(server, tmp_path):
    from pilotage.cli.server import Server

    assert server.run("put", "macro", str(written(tmp_path, "m.json", '{"blues": "colour=blue"}'))).returncode == 0
    client = Server(server.url, None)
    question = {"query": "index=main `blues`"}
    assert json.loads(client.ask("POST", "/api/v1/search/histogram", document=question).body())["total"] == 5
    fields = json.loads(client.ask("POST", "/api/v1/search/facets", document=question).body())
    assert "blue" in json.dumps(fields)
    assert "red" not in json.dumps(fields)
    client.close()
