"""Channels and what goes with them on the command line, against a real server."""

from __future__ import annotations

import json

import pytest

from pilotage.cli.saved import read_documents
from pilotage.model.problem import PilotageError


def test_documents_of_every_format_with_values_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("HOOK_TOKEN", "abc")
    expected = {"ops": {"kind": "webhook", "settings": {"url": "https://h.example/abc"}}}
    for name, text in (
        ("c.json", '{"ops": {"kind": "webhook", "settings": {"url": "https://h.example/${HOOK_TOKEN}"}}}'),
        ("c.toml", '[ops]\nkind = "webhook"\nsettings.url = "https://h.example/${HOOK_TOKEN}"\n'),
        ("c.yaml", "ops:\n  kind: webhook\n  settings:\n    url: https://h.example/${HOOK_TOKEN}\n"),
    ):
        (tmp_path / name).write_text(text)
        assert read_documents(tmp_path / name) == expected


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("c.json", "[1]", "definition"),
        ("c.json", "{", "unreadable-file"),
        ("c.yaml", "a: [", "unreadable-file"),
        ("c.toml", "a", "unreadable-file"),
        ("c.json", '{"a": {"b": "${NO_SUCH_VARIABLE_HERE}"}}', "environment-missing"),
        ("c.json", '{"a": 1}', "definition"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, name, text, code):
    (tmp_path / name).write_text(text)
    with pytest.raises(PilotageError) as caught:
        read_documents(tmp_path / name)
    assert caught.value.problem.code == code


def test_a_channel_a_rota_and_an_escalation_by_command(server, tmp_path):
    file = tmp_path / "channels.json"
    hook = {"kind": "webhook", "settings": {"url": "https://93.184.215.14/very-secret"}, "enabled": False}
    file.write_text(json.dumps({"night shift": hook}))
    assert server.run("channels", "put", str(file)).returncode == 0
    shown = server.run("channels", "list")
    assert "night shift" in shown.stdout
    assert "very-secret" not in server.run("channels", "show", "night shift").stdout
    file.write_text(
        json.dumps({"primary": {"people": {"ana": ["night shift"]}, "rotations": [{"people": ["ana"], "start": "2020-01-06T09:00"}]}})
    )
    assert server.run("rotas", "put", str(file)).returncode == 0
    assert server.run("rotas", "on-call", "primary").stdout == "ana\n"
    file.write_text(json.dumps({"core": {"steps": [{"rotas": ["primary"]}, {"channels": ["night shift"], "after": "15m"}]}}))
    assert server.run("escalations", "put", str(file)).returncode == 0
    assert "15m: night shift" in server.run("escalations", "list").stdout
    file.write_text(json.dumps({"works": {"start": "2099-01-05T22:00", "minutes": 60}}))
    assert server.run("mutings", "put", str(file)).returncode == 0
    assert server.run("mutings", "times", "works").stdout.splitlines()[2:] == []
    assert server.run("notifications", "list", "--state", "dead").stdout.startswith("id")
    assert server.run("mutings", "delete", "works").returncode == 0
    gone = server.run("mutings", "delete", "works")
    assert gone.returncode == 1
    assert "muting-missing" in gone.stderr
