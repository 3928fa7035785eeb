from __future__ import annotations

import json
import os

import pyarrow.parquet as pq


def test_export_is_a_parquet_file_of_all_rows(server, tmp_path):
    out = tmp_path / "main.parquet"
    done = server.run("export", "--index", "main", "--latest", "1767607195", "--out", str(out))
    assert done.returncode == 0, done.stderr
    table = pq.read_table(out)
    assert sorted(table["_raw"].to_pylist()) == [f"line {number}" for number in range(5)]
    assert {json.loads(each)["n"] for each in table["_fields"].to_pylist()} == set(range(5))
    assert list(tmp_path.iterdir()) == [out]


def test_export_of_what_is_no_index_leaves_no_file(server, tmp_path):
    done = server.run("export", "--index", "a b", "--out", str(tmp_path / "x.parquet"))
    assert done.returncode == 1
    assert done.stderr.startswith("bad-request: `a b` is not an index name")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_restores_to_equal_answers(server, second_server, tmp_path):
    query = "index=main | sort n"
    backup, data = tmp_path / "backup", tmp_path / "restored"
    assert server.run("backup", "--out", str(backup)).returncode == 0
    again = server.run("backup", "--out", str(backup))
    assert (again.returncode, again.stderr.partition(":")[0]) == (1, "backup-exists")
    restored = second_server.command("restore", str(backup), "--data", str(data))
    assert restored.returncode == 0, restored.stderr
    assert second_server.start(data).run("search", query).stdout == server.run("search", query).stdout != ""
    assert second_server.command("restore", str(backup), "--data", str(data)).returncode == 1


def test_token_life(server):
    made = server.run("token", "create", "--name", "root", "--scopes", "admin,read,ingest")
    assert made.returncode == 0
    value = made.stdout.strip()
    environment = {**os.environ, "PILOTAGE_TOKEN": value}
    try:
        assert server.run("search", "index=main | stats count").returncode == 1
        assert server.run("search", "index=main | stats count", env=environment).stdout == '{"count":10}\n'
        (token,) = [json.loads(line) for line in server.run("token", "list", "--json", env=environment).stdout.splitlines()]
        assert (token["name"], token["scopes"], token["disabled"]) == ("root", ["admin", "read", "ingest"], False)
        assert value not in json.dumps(token)
    finally:
        listed = server.run("token", "list", "--json", env=environment).stdout.splitlines()
        revoked = server.run("token", "revoke", json.loads(listed[0])["id"], env=environment)
    assert revoked.returncode == 0
    assert server.run("search", "index=main | stats count").returncode == 0


def test_explain_needs_no_server():
    from pilotage.cli import run

    assert run(["explain", "--stage", "plan", "index=main | stats count by x"]) == 0
    assert run(["explain", "--stage", "sql", "index=main | stats nonsense(x)"]) == 1


def test_a_file_with_a_bad_line(server, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "a.jsonl"
    path.write_text('{"n": 1, "colour": "green"}\n{"n": 2,\n{"n": 3, "colour": "green"}\n')
    done = server.run("ingest", "--index", "files", "--sourcetype", "shop", str(path))
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("a.jsonl:2: ")
    assert done.stderr.splitlines()[1].startswith("a.jsonl: 2 accepted, 1 bad")
    server.settle()
    rows = server.run("search", "--format", "json", "index=files sourcetype=shop | sort n | table n colour source").stdout
    assert [json.loads(line) for line in rows.splitlines()] == [
        {"n": 1, "colour": "green", "source": "a.jsonl"},
        {"n": 3, "colour": "green", "source": "a.jsonl"},
    ]
    assert server.run("search", "--format", "json", "index=_dead_letter | stats count").stdout == '{"count":1}\n'
