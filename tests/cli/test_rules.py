"""`pilotage rules` with the rules of a file, and against a server without any."""

from __future__ import annotations

import json
import subprocess
import sys

RULES = """
[[redact]]
name = "cards"
pattern = '\\d{4}-\\d{4}'

[[redact]]
name = "noise"
pattern = "healthcheck"
action = "drop"
scope = "sourcetype=web"

[[extract]]
name = "user"
kind = "anchor"
pattern = "user=* "
fields = ["user"]
"""
LINES = "user=bob paid 1234-5678\nGET /healthcheck\n\n"


def run(*words, **more):
    command = [sys.executable, "-c", "from pilotage.cli import main; main()", "rules", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)


def test_lines_before_and_after_without_a_server(tmp_path):
    config = tmp_path / "rules.toml"
    config.write_text(RULES)
    done = run("test", "--config", str(config), "--sourcetype", "web", "-", input=LINES)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "- user=bob paid 1234-5678\n+ user=bob paid ***\n    user = bob\n    rules: cards, user\n\n"
        "- GET /healthcheck\n+ (not stored)\n    rules: noise\n\n"
    )
    assert done.stderr == "2 lines, 2 with a rule that applies\n"
    assert list(tmp_path.iterdir()) == [config]


def test_one_rule_as_json(tmp_path):
    config, lines = tmp_path / "rules.toml", tmp_path / "lines.log"
    config.write_text(RULES)
    lines.write_text(LINES)
    done = run("test", "--config", str(config), "--rule", "user", "--json", str(lines))
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["after"] == {"text": "user=bob paid 1234-5678", "fields": {"user": "bob"}}
    assert (first["rules"], second["rules"]) == (["user"], [])
    assert run("test", "--config", str(config), "-", input="user=bob paid\n").stderr == "1 line, 1 with a rule that applies\n"


def test_a_bad_rule_and_one_that_is_not_there(tmp_path):
    config = tmp_path / "rules.toml"
    config.write_text('[[redact]]\nname = "x"\npattern = "("\n')
    done = run("test", "--config", str(config), "-", input="a")
    assert done.returncode == 1
    assert done.stderr.startswith("bad-rule: redact[1] `x`: its pattern does not compile")
    config.write_text(RULES)
    done = run("test", "--config", str(config), "--rule", "z", "-", input="a")
    assert done.stderr.startswith("unknown-rule: there is no rule `z`")


def test_a_server_without_rules(server):
    assert server.run("rules", "list").stdout.split()[:4] == ["name", "kind", "rows_seen", "rows_matched"]
    done = server.run("rules", "test", "-", input="some line\n")
    assert (done.returncode, done.stdout) == (0, "- some line\n+ some line\n    rules: none\n\n")
