from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading

import pyarrow as pa
import pytest

from pilotage.cli import run

PILOTAGE = [sys.executable, "-c", "from pilotage.cli import main; main()"]


def test_json_is_one_object_a_line_in_result_order(server):
    done = server.run("search", "--format", "json", "index=main | sort n | head 2 | table _time n colour")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        '{"_time":1767607190.123456789,"n":0,"colour":"red"}',
        '{"_time":1767607191.123456789,"n":1,"colour":"blue"}',
    ]
    assert done.stderr == ""


def test_csv_of_events_has_the_union_of_columns(server):
    done = server.run("search", "--format", "csv", "index=main | sort n")
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    assert [row["n"] for row in rows] == [str(number) for number in range(10)]
    assert {row["_raw"] for row in rows} == {f"line {number}" for number in range(10)}


def test_csv_has_a_header_without_rows(server):
    assert server.run("search", "--format", "csv", "index=main n>100 | stats count by n").stdout.splitlines() == ["n,count"]


def test_table_and_arrow(server):
    query = "index=main | stats count by colour | sort colour"
    assert server.run("search", "--format", "table", query).stdout.splitlines() == [
        "colour  count",
        "------  -----",
        "blue    5",
        "red     5",
    ]
    words = [*PILOTAGE, "search", "--url", server.url, "--format", "arrow", query]
    done = subprocess.run(words, capture_output=True, check=True)
    assert pa.ipc.open_stream(done.stdout).read_all().to_pylist() == [{"colour": "blue", "count": 5}, {"colour": "red", "count": 5}]


def test_a_range_as_two_words(server):
    assert json.loads(server.run("search", "--earliest", "-1s", "index=main | stats count").stdout) == {"count": 0}
    assert json.loads(server.run("search", "--latest", "1767607195", "index=main | stats count").stdout) == {"count": 5}


def test_an_error_is_underlined_on_stderr_and_1(server):
    done = server.run("search", "index=main | stats medain(n)")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "unknown-function: no aggregate function `medain`",
        "  index=main | stats medain(n)",
        "                     ~~~~~~",
        "  did you mean `median`?",
    ]


def test_an_unknown_index_is_a_message_and_0(server):
    done = server.run("search", "index=nothing")
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing" in done.stderr


def test_a_reader_that_has_enough_ends_the_command(server):
    words = " ".join([f"'{word}'" for word in [*PILOTAGE, "search", "--url", server.url, "--format", "json", "index=main"]])
    done = subprocess.run(["bash", "-c", f"{words} | head -n 1"], capture_output=True, text=True, check=True, timeout=60)
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_ctrl_c_cancels_on_the_server(stand_in):
    stand_in.answers = [(200, {"X-Pilotage-Search": "s1"}, {})]
    rows = threading.Event()

    stand_in.hold(rows)
    words = [*PILOTAGE, "search", "--url", stand_in.url, "--format", "json", "index=main"]
    # A shell that runs the tests in the background hands down an ignored SIGINT.
    heed = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"
    unbuffered = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", heed, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=unbuffered
    )
    assert process.stdout is not None
    assert process.stdout.readline() == '{"n":1}\n'
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    rows.set()
    assert process.returncode == 130
    assert [(each.method, each.path) for each in stand_in.requests] == [("POST", "/api/v1/search"), ("DELETE", "/api/v1/search/s1")]
    assert "Traceback" not in errors


def test_the_environment_is_read(stand_in, monkeypatch):
    from pilotage.cli import run

    stand_in.answers = [(401, {}, {"error": {"code": "token-invalid", "sentence": "this access token is not known here"}})]
    monkeypatch.setenv("PILOTAGE_URL", stand_in.url)
    monkeypatch.setenv("PILOTAGE_TOKEN", "secret")
    assert run(["search", "q"]) == 1
    assert stand_in.requests[0].headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize("form", ["csv", "table"])
def test_a_broken_row_is_told_without_a_traceback(stand_in, form, capsys):
    # The stand-in answers with one JSON text a request: first a row that is no object, then the report of the search.
    stand_in.answers = [(200, {"x-pilotage-search": "s"}, "cut"), (200, {}, {"messages": [], "error": None, "state": "done"})]
    assert run(["search", "--url", stand_in.url, "--format", form, "q"]) == 1
    assert capsys.readouterr().err.startswith("broken-row: ")


def test_half_a_character_is_written_as_a_replacement(stand_in, capsys):
    stand_in.answers = [(200, {"x-pilotage-search": "s"}, {"a": "\ud800"}), (200, {}, {"messages": [], "error": None, "state": "done"})]
    assert run(["search", "--url", stand_in.url, "--format", "csv", "q"]) == 0
    assert capsys.readouterr().out == "a\r\n?\r\n"
