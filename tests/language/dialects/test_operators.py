"""What every operator file owes, checked on each one found: its own names, help, examples that plan and lower to SQL."""

from __future__ import annotations

import pkgutil

import pytest

from pilotage.engine.statements import statements
from pilotage.language import functions
from pilotage.language import operators as package
from pilotage.language.dialects import sumo
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.operators import operators, spellings
from pilotage.language.plan.walk import inputs
from pilotage.language.sql.context import Context
from pilotage.language.syntax.operator import Operator
from pilotage.language.syntax.sumo_aggregates import AGGREGATES as NAMES
from pilotage.model.problem import PilotageError
from pilotage.store.catalogue import StaticCatalogue

NOW = 1_767_607_200_000_000_000
CONTEXT = sumo.context(NOW, None, "-1d", "now")
OPERATORS = list(operators().values())


def test_each_file_holds_one_operator() -> None:
    assert len(OPERATORS) == len(list(pkgutil.iter_modules(package.__path__)))


def test_names_are_unique_and_lower_case() -> None:
    names = [name for operator in OPERATORS for name in operator.spellings]
    assert len(names) == len(set(names)) == len(spellings())
    assert all(name == name.lower() for name in names)
    assert not set(names) & set(NAMES)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_help_is_there(operator: Operator) -> None:
    assert operator.name in operator.synopsis
    assert operator.summary.endswith(".")
    assert operator.examples
    assert all(note.endswith(".") for note in operator.notes)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_examples_use_the_operator_and_run(operator: Operator) -> None:
    for example in operator.examples:
        plan = sumo.parse(example.text, CONTEXT)
        used = {name for node in inputs(plan) for name in node.command.split()}
        assert used & {*operator.spellings, "regex", "auto"}
        assert statements(plan, Context(StaticCatalogue(), EVAL, AGGREGATES, NOW)).startswith("SELECT")


def test_functions_of_one_language_are_hidden_from_the_other() -> None:
    assert all(name == name.lower() for name in functions.SUMO)
    assert "isempty" in functions.SUMO
    assert not [name for name in functions.SUMO if "." in name]


def test_deep_stages_share_levels() -> None:
    query = "*" + "".join(f' | parse "a{n}=* " as a{n} | where a{n} > 1' for n in range(59))
    assert statements(sumo.parse(query, CONTEXT), Context(StaticCatalogue(), EVAL, AGGREGATES, NOW)).count("SELECT") < 90


def test_too_many_levels_are_a_precise_error() -> None:
    query = '* | "" as y' + "".join(f' | if(x = {n}, "{n}", concat(y, y)) as y' for n in range(110))
    with pytest.raises(PilotageError, match="nest more than 90 deep"):
        statements(sumo.parse(query, CONTEXT), Context(StaticCatalogue(), EVAL, AGGREGATES, NOW))
