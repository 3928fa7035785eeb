"""What every command file owes, checked on each one found: one command, its own names, help, examples that round trip."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

from pilotage.language import commands as package
from pilotage.language.commands import commands, spellings
from pilotage.language.dialects import spl
from pilotage.language.plan.walk import plans
from pilotage.language.syntax.command import Command

CONTEXT = spl.context(1767781845 * 10**9)
MODULES = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
COMMANDS = list(commands().values())


@pytest.mark.parametrize("name", MODULES)
def test_file_exports_one_command_of_its_name(name: str) -> None:
    module = importlib.import_module(f"{package.__name__}.{name}")
    found = [value for value in vars(module).values() if isinstance(value, Command)]
    assert [command.name for command in found] == [name]


def test_spellings_are_unique_in_each_dialect() -> None:
    for dialect in {dialect for command in COMMANDS for dialect in command.spellings}:
        names = [name for command in COMMANDS for name in command.spellings.get(dialect, ())]
        assert len(names) == len(set(names))
        assert set(spellings(dialect)) == set(names)


def test_this_version_has_the_commands_it_promises() -> None:
    promised = "search where eval fields table rename stats timechart chart bin sort head tail dedup top rare rex fillnull makeresults"
    assert set(promised.split()) <= {command.name for command in COMMANDS}
    assert spellings("spl")["bucket"].name == "bin"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_help_is_there(command: Command) -> None:
    assert command.name in command.synopsis
    assert command.summary.endswith(".")
    assert command.examples
    assert command.parse or command.generate
    assert len({option.name for option in command.options}) == len(command.options)
    for option in command.options:
        assert option.name == option.name.lower()
        assert option.type
        assert option.default
        assert option.help.endswith(".")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_examples_use_the_command_and_round_trip(command: Command) -> None:
    for example in command.examples:
        plan = spl.parse(example.text, CONTEXT)
        assert command.name in {node.command for node in plans(plan)}
        printed = spl.print_plan(plan)
        assert spl.parse(printed, CONTEXT) == plan
        assert spl.print_plan(spl.parse(printed, CONTEXT)) == printed


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_spelling_means_the_same(command: Command) -> None:
    text = command.examples[0].text
    for name in command.spellings["spl"]:
        written = re.sub(rf"\| {command.name}\b", f"| {name}", text)
        assert spl.parse(written, CONTEXT) == spl.parse(text, CONTEXT)
