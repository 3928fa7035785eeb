"""What people get wrong, and what they are told: code, sentence, the place underlined, and the remedy, a block each in `wrong/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilotage.engine.checking import Question, check

NOW = 1_767_607_200_000_000_000
FOLDER = Path(__file__).parent / "wrong"
BLOCKS = [
    (language, block) for language in ("spl", "sumo") for block in FOLDER.joinpath(f"{language}.txt").read_text().strip().split("\n\n")
]


def test_there_are_enough_of_each():
    assert min(sum(language == each for each, _ in BLOCKS) for language in ("spl", "sumo")) >= 40


@pytest.mark.parametrize(("language", "block"), BLOCKS, ids=[block.split("\n")[1].strip() for _, block in BLOCKS])
def test_what_is_said(language, block):
    query = block.split("\n")[1].strip()
    problem = check(Question(query, language), NOW)
    assert problem is not None
    assert "\n".join(line.rstrip() for line in problem.render(query).split("\n")) == block
    assert problem.sentence[0] != problem.sentence[0].upper() or not problem.sentence[0].isalpha()


@pytest.mark.parametrize("language", ["spl", "sumo"])
def test_nearly_all_name_a_remedy(language):
    """The last line is the hint; without one it is the underline."""
    blocks = [block for each, block in BLOCKS if each == language]
    without = [block for block in blocks if set(block.rsplit("\n", 1)[-1].strip()) == {"~"}]
    assert len(without) <= len(blocks) // 5, "\n\n".join(without)
