from __future__ import annotations

import subprocess
import sys

import pytest

from pilotage.cli import command, joined, names, parse, run


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
