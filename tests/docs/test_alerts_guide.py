"""The guide to alerts: its examples can be kept, and every variable it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from pilotage.api.documents import refuse_unknown
from pilotage.api.settings import parse_settings
from pilotage.cli.saved import read_documents
from pilotage.watch.actions import Action
from pilotage.watch.channel import Channel, kind_of
from pilotage.watch.escalation import Escalation
from pilotage.watch.facts import Facts
from pilotage.watch.muting import Muting
from pilotage.watch.reach import Reach
from pilotage.watch.rota import Rota
from pilotage.watch.templates import variables_of

TEXT = (Path(__file__).parents[2] / "docs" / "guides" / "alerts.md").read_text()
KINDS = {"channels": Channel, "mutings": Muting, "rotas": Rota, "escalations": Escalation, "actions": Action}
BLOCKS = dict(re.findall(r"```yaml\n# (\w+)\.yaml\n(.*?)```", TEXT, re.DOTALL))


def test_there_is_an_example_of_everything() -> None:
    assert BLOCKS.keys() == KINDS.keys()


@pytest.mark.parametrize("table", KINDS)
def test_the_examples_can_be_kept(table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SMTP_PASSWORD", "CHAT_URL", "HOOK_SECRET"):
        monkeypatch.setenv(name, "something long enough")
    file = tmp_path / f"{table}.yaml"
    file.write_text(BLOCKS[table])
    for name, document in read_documents(file).items():
        refuse_unknown(document, KINDS[table])
        value = msgspec.convert(document, KINDS[table])
        if isinstance(value, Channel):
            if value.kind != "apprise":
                kind_of(value.kind).check(value.settings, Reach((), lambda *_: ["93.184.215.14"]))
        elif not isinstance(value, Action):
            value.check()
        assert name


def test_every_variable_is_named() -> None:
    (listed,) = re.findall(r"what is not known becomes empty\.\n\n(.*?)\n\n", TEXT, re.DOTALL)
    named = set(re.findall(r"`(\w+)`", listed))
    assert named == variables_of(Facts("a", "m", "n", "critical", "open", 0.0), "opened", "").keys() - {"Word"}


def test_the_configuration_is_one() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert parse_settings(example).notify.allow[0] == "10.20.0.0/16"
