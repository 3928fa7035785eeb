from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import threading
from importlib.metadata import version

import pytest

from pilotage.cli import command, joined, names, parse, run
from pilotage.cli.parser import Parser
from pilotage.demo.incidents import Kind


def test_signed_values_as_two_words():
    parsed = parse(["search", "--earliest", "-24h@h", "--latest", "-1h", "--format", "csv", "index=main | head 5"])
    assert (parsed.earliest, parsed.latest, parsed.query) == ("-24h@h", "-1h", "index=main | head 5")
    assert joined(["--", "--earliest", "x"]) == ["--", "--earliest", "x"]


@pytest.mark.parametrize("name", names())
def test_every_command_has_help(name, capsys):
    assert command(name).HELP.endswith(".")
    with pytest.raises(SystemExit) as ended:
        parse([name, "--help"])
    assert ended.value.code == 0
    assert command(name).HELP in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["search"], ["search", "--format", "xml", "q"], ["ingest", "a.log"]])
def test_bad_usage_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2


def leaves(parser):
    """A parser and those of its sub-commands, at any depth."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from leaves(each)


@pytest.mark.parametrize("name", names())
def test_every_argument_has_help(name):
    parser = Parser(prog=name)
    command(name).configure(parser)
    missing = [
        f"{each.prog} {action.metavar or action.dest}"
        for each in leaves(parser)
        for action in each._actions
        if not action.help and not isinstance(action, argparse._SubParsersAction)
    ]
    assert missing == []


def test_the_demo_names_its_incidents(capsys):
    with pytest.raises(SystemExit):
        parse(["demo", "--help"])
    assert " ".join(Kind) in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "usage", "message"),
    [
        (["serach", "q"], "usage: pilotage [", "there is no `serach`; did you mean search?"),
        (["search", "--fromat", "csv", "q"], "usage: pilotage search [", "there is no option --fromat; did you mean --format?"),
        (["ingest", "--indx=a", "f"], "usage: pilotage ingest [", "there is no option --indx; did you mean --index?"),
        (["token", "create", "--scope", "read"], "usage: pilotage token create [", "there is no option --scope; did you mean --scopes?"),
        (["token", "crate"], "usage: pilotage token [", "there is no `crate`; did you mean create?"),
        (["search", "one", "two"], "usage: pilotage search [", "unrecognized arguments: two"),
    ],
)
def test_bad_usage_names_the_place_and_the_nearest(arguments, usage, message, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert err.startswith(usage)
    assert message in err


def test_what_is_no_option_stays(capsys):
    assert parse(["search", "--", "--x"]).query == "--x"
    assert parse(["search", "--x y"]).query == "--x y"


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        parse(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"pilotage {version('pilotage')}\n")


def test_no_server_is_3_and_says_what_to_do(capsys):
    assert run(["search", "--url", "http://127.0.0.1:9", "index=main"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("server-unreachable: no Pilotage server answers at http://127.0.0.1:9")
    assert "pilotage serve" in err


def test_search_imports_little():
    code = (
        "import sys; from pilotage.cli import parse, command; parse(['search', 'q']); command('search')\n"
        "heavy = {'pyarrow', 'numpy', 'sqlglot', 'chdb', 'sqlalchemy', 'msgspec', 'rich', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_does_not_speak_http_is_told_without_its_bytes(capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                # The settings frame an HTTP/2 server begins with.
                connection.sendall(bytes.fromhex("00001204000000000000030000006400040040000000050040000000"))

        thread = threading.Thread(target=answer)
        thread.start()
        code = run(["search", "--url", f"http://127.0.0.1:{listener.getsockname()[1]}", "index=main"])
        thread.join()
    err = capsys.readouterr().err
    assert code == 3
    assert "looks like the gRPC port" in err
    assert err.replace("\n", "").isprintable()
