from __future__ import annotations

import gzip
import json

import pytest

from pilotage.cli import run


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def lines(folder, *documents, name="queries.jsonl"):
    return written(folder, name, "".join(json.dumps(each) + "\n" for each in documents))


def answers(capsys):
    out, err = capsys.readouterr()
    return [json.loads(line) for line in out.splitlines()], err


def test_json_is_one_object_a_query_in_input_order(tmp_path, capsys):
    queries = ["index=main | stats count by host", "index=main | nonsense", "error | where (", "_sourceCategory=a | count by x"]
    assert run(["check", "--json", lines(tmp_path, *({"id": f"q{i}", "query": each} for i, each in enumerate(queries)))]) == 1
    found, err = answers(capsys)
    assert [list(each) for each in found] == [["id", "ok", "error"]] * 4
    assert [each["id"] for each in found] == ["q0", "q1", "q2", "q3"]
    assert [each["ok"] for each in found] == [True, False, False, True]
    assert found[0]["error"] is None
    assert found[1]["error"] == "unknown-command: no command `nonsense`"
    assert found[2]["error"].startswith("syntax: ")
    assert "\n" not in found[2]["error"]
    assert err.startswith("4 queries, 2 accepted (50.0 %), 2 refused\n")


def test_all_accepted_is_0_and_an_empty_file_too(tmp_path, capsys):
    assert run(["check", lines(tmp_path, {"id": 1, "query": "index=main"})]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "1 query, 1 accepted (100.0 %), 0 refused\n")
    assert run(["check", "--json", written(tmp_path, "empty.jsonl", "\n")]) == 0
    assert answers(capsys)[0] == []


def test_causes_are_ranked(tmp_path, capsys):
    queries = ["* | head 5 5 5", "* | rare_thing", "* | common_thing", "* | common_thing"]
    assert run(["check", "--lang", "spl", lines(tmp_path, *({"id": i, "query": each} for i, each in enumerate(queries)))]) == 1
    out, err = capsys.readouterr()
    assert [line.split(maxsplit=1)[0] for line in err.splitlines()[1:]] == ["3", "1"]
    # Named once, with its names by how often they stop a query.
    assert "no command `…`: `common_thing` 2, `rare_thing` 1  (such as 1)" in err
    assert "~~~~~~~~~~~~" in out


def test_gzip_and_several_files(tmp_path, capsys):
    packed = tmp_path / "q.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"id":"a","query":"index=main | head 3"}\n'))
    assert run(["check", "--json", str(packed), lines(tmp_path, {"id": "b", "query": "x"})]) == 0
    assert [each["id"] for each in answers(capsys)[0]] == ["a", "b"]


def test_a_line_that_is_no_query_is_refused_with_its_number(tmp_path, capsys):
    path = written(tmp_path, "q.jsonl", '{"id":"a","query":"x"}\nnonsense\n{"id":"c"}\n{"id":"d","query":"x","flags":3}\n')
    assert run(["check", "--json", path]) == 1
    found, _ = answers(capsys)
    assert [(each["id"], each["ok"]) for each in found] == [("a", True), ("q.jsonl:2", False), ("q.jsonl:3", False), ("q.jsonl:4", False)]
    assert all(each["error"].startswith("bad-line: ") for each in found[1:])


def test_a_postprocess_line_goes_on_with_a_search(tmp_path, capsys):
    line = {"query": "stats count by host | where count > 3"}
    documents = [{**line, "id": "with", "flags": ["postprocess"]}, {**line, "id": "piped", "flags": ["postprocess"], "query": "| table a"}]
    assert run(["check", "--json", "--lang", "spl", lines(tmp_path, *documents, {"id": "bare", "query": "where a=1"})]) == 0
    assert run(["check", "--json", lines(tmp_path, {"id": "x", "query": "| where a=1"})]) == 1
    capsys.readouterr()
    assert run(["check", "--json", lines(tmp_path, {"id": "x", "query": "| where a=1", "flags": ["postprocess"]})]) == 0


def test_macros_flat_and_by_source(tmp_path, capsys):
    queries = lines(tmp_path, {"id": 1, "query": "`m` | head 2", "source": "one"}, {"id": 2, "query": "`m` | head 2", "source": "two"})
    assert run(["check", "--json", queries]) == 1
    assert "no macro `m`" in answers(capsys)[0][0]["error"]
    assert run(["check", "--macros", written(tmp_path, "flat.json", '{"m": {"definition": "index=a", "args": []}}'), queries]) == 0
    nested = written(tmp_path, "nested.json", json.dumps({"one": {"m": "index=a"}, "two": {"m": {"definition": "index=a | nonsense"}}}))
    capsys.readouterr()
    assert run(["check", "--json", "--macros", nested, queries]) == 1
    assert [each["ok"] for each in answers(capsys)[0]] == [True, False]


def test_macros_conf_among_the_files_serves_the_others(tmp_path, capsys):
    macros = written(
        tmp_path,
        "macros.conf",
        "[idx]\ndefinition = index=a\n[by(1)]\nargs = f\ndefinition = stats count by $f$\n[bad]\ndefinition = where (\n",
    )
    searches = written(
        tmp_path, "savedsearches.conf", "[default]\nenableSched = 0\n[One]\nsearch = `idx` \\\n| `by(host)`\n[Two]\ndisabled = 1\n"
    )
    assert run(["check", "--json", searches, macros]) == 1
    found, _ = answers(capsys)
    assert [(each["id"], each["ok"]) for each in found] == [("One", True), ("idx", True), ("by(1)", True), ("bad", False)]


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a.txt", "x", "unknown-format"),
        ("a.xml", "<form>", "unreadable-file"),
        ("a.xml", '<!DOCTYPE d [<!ENTITY a "b">]><form><search><query>&a;</query></search></form>', "unreadable-file"),
        ("a.json", "{", "unreadable-file"),
        ("a.json", '{"a": 1}', "no-queries"),
        ("a.conf", "[a]\nb = c\n", "no-queries"),
        ("a.jsonl.gz", "no gzip", "unreadable-file"),
    ],
)
def test_what_cannot_be_read_says_so(tmp_path, capsys, name, text, code):
    assert run(["check", written(tmp_path, name, text)]) == 1
    assert capsys.readouterr().err.startswith(f"{code}: ")


def test_a_missing_file_and_no_file_at_all(tmp_path, capsys):
    assert run(["check", str(tmp_path / "none.jsonl")]) == 1
    assert capsys.readouterr().err.startswith("unreadable-file: ")
    with pytest.raises(SystemExit) as ended:
        run(["check"])
    assert ended.value.code == 2


def test_a_macro_file_that_is_none(tmp_path, capsys):
    queries = lines(tmp_path, {"id": 1, "query": "x"})
    for text, code in [("[", "unreadable-file"), ("[]", "definition"), ('{"m": 3}', "definition")]:
        assert run(["check", "--macros", written(tmp_path, "m.json", text), queries]) == 1
        assert capsys.readouterr().err.startswith(f"{code}: ")
