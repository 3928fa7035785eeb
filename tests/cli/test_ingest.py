from __future__ import annotations

import json

import pytest

from pilotage.cli import run
from pilotage.cli.checkpoint import Checkpoint

GOOD = (200, {}, {"accepted": 2, "rejected": 0, "bad_lines": []})


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("pilotage.cli.files.BATCH_BYTES", 20)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"n": number}) + "\n" for number in range(6)))
    return path


def ingest(stand_in, *words):
    return run(["ingest", "--url", stand_in.url, "--index", "web", *map(str, words)])


def first_lines(stand_in):
    return [each.path.partition("first_line=")[2].partition("&")[0] for each in stand_in.requests]


def named(request):
    return request.path.partition("batch=")[2]


def test_batches_arrive_in_order_with_their_line_numbers(stand_in, file, capsys):
    stand_in.answers = [GOOD]
    assert ingest(stand_in, "--sourcetype", "access", file) == 0
    assert b"".join(each.body for each in stand_in.requests) == file.read_bytes()
    assert stand_in.requests[0].path.startswith("/api/v1/ingest/web?format=jsonl&sourcetype=access&source=a.jsonl&first_line=1&batch=")
    names = [named(each) for each in stand_in.requests]
    assert len(set(names)) == len(names) > 1
    assert first_lines(stand_in)[1:] != []
    assert capsys.readouterr().err == f"a.jsonl: {2 * len(stand_in.requests)} accepted, 0 bad\n"


def test_bad_lines_are_counted_and_named_and_1(stand_in, file, capsys):
    stand_in.answers = [(200, {}, {"accepted": 1, "rejected": 1, "bad_lines": [{"line": 2, "reason": "not JSON"}]}), GOOD]
    assert ingest(stand_in, file) == 1
    assert capsys.readouterr().err.splitlines()[0] == "a.jsonl:2: not JSON"


def test_an_interrupted_run_goes_on_where_it_stopped(stand_in, file, capsys):
    stand_in.answers = [GOOD, (400, {}, {"error": {"code": "bad-request", "sentence": "no"}})]
    assert ingest(stand_in, file) == 1
    sent, doubtful = stand_in.requests[0].body, stand_in.requests[1]
    stand_in.requests.clear()
    stand_in.answers = [GOOD]
    assert ingest(stand_in, file) == 0
    again = stand_in.requests[0]
    assert (named(again), again.body) == (named(doubtful), doubtful.body), "the server knows it again"
    assert sent + b"".join(each.body for each in stand_in.requests) == file.read_bytes()
    assert "goes on after line" in capsys.readouterr().err
    stand_in.requests.clear()
    assert ingest(stand_in, file) == 0
    assert first_lines(stand_in)[0] == "1"
    assert named(stand_in.requests[0]).partition("-")[0] != named(again).partition("-")[0], "a finished file is sent anew"


def test_a_changed_file_begins_again(tmp_path, file):
    checkpoint = Checkpoint.of(file, "url", "web")
    checkpoint.keep(3, checkpoint.run())
    assert Checkpoint.of(file, "url", "web").run() == checkpoint.run() != Checkpoint.of(file, "url", "other").run()
    assert Checkpoint.of(file, "url", "web").lines() == 3
    assert Checkpoint.of(file, "url", "other").lines() == 0
    file.write_text("longer\n" * 10)
    assert Checkpoint.of(file, "url", "web").lines() == 0


def test_a_busy_server_is_asked_again(stand_in, file, monkeypatch):
    waited = []
    monkeypatch.setattr("pilotage.cli.commands.ingest.time.sleep", waited.append)
    stand_in.answers = [(503, {"Retry-After": "2"}, {}), (429, {}, {}), GOOD]
    assert ingest(stand_in, file) == 0
    assert waited == [2.0, 1.0]
    assert stand_in.requests[0].body == stand_in.requests[1].body == stand_in.requests[2].body


def test_what_cannot_be_read_is_1_and_the_others_are_sent(stand_in, file, tmp_path, capsys):
    stand_in.answers = [GOOD]
    assert ingest(stand_in, tmp_path / "absent.log", file) == 1
    assert stand_in.requests
    err = capsys.readouterr().err
    assert "unreadable-file: cannot read" in err
    assert "absent.log: " not in err


def test_a_directory_and_what_is_no_index_are_told_before_anything_is_sent(stand_in, file, tmp_path, capsys):
    assert ingest(stand_in, file, tmp_path) == 1
    assert "is a directory" in capsys.readouterr().err
    assert run(["ingest", "--url", stand_in.url, "--index", "Bad/Name", str(file)]) == 1
    err = capsys.readouterr().err
    assert err.startswith("bad-index: `Bad/Name`")
    assert "letters, digits" in err
    assert stand_in.requests == []


def test_an_unknown_format_is_refused_before_anything_is_sent(stand_in, file, tmp_path):
    assert ingest(stand_in, file, tmp_path / "x.docx") == 1
    assert stand_in.requests == []


TEXT = "2026-11-20 04:00:01 a\n  more\nplain\n2026-11-20 04:00:02 b\n\n"


@pytest.mark.parametrize(
    ("multiline", "messages"),
    [
        ("auto", [" 2026-11-20 04:00:01 a\n+  more\n+plain\n", " 2026-11-20 04:00:02 b\n+\n"]),
        ("regex:^(2026|plain)", [" 2026-11-20 04:00:01 a\n+  more\n", " plain\n", " 2026-11-20 04:00:02 b\n+\n"]),
    ],
)
def test_messages_of_several_lines_stay_whole(stand_in, tmp_path, monkeypatch, multiline, messages):
    monkeypatch.setattr("pilotage.cli.files.BATCH_BYTES", 1)
    stand_in.answers = [GOOD]
    path = tmp_path / "a.log"
    path.write_text(TEXT)
    assert ingest(stand_in, "--multiline", multiline, path) == 0
    assert [each.body.decode() for each in stand_in.requests] == messages
    assert all("format=messages" in each.path for each in stand_in.requests)
    assert ingest(stand_in, path) == 0
    assert stand_in.requests[-1].path.startswith("/api/v1/ingest/web?format=text")


@pytest.mark.parametrize("multiline", ["regex:(", "regex:", "request", ""])
def test_a_wrong_multiline_is_2(stand_in, file, multiline):
    with pytest.raises(SystemExit) as stopped:
        ingest(stand_in, "--multiline", multiline, file)
    assert stopped.value.code == 2
