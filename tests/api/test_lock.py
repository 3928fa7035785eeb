from __future__ import annotations

import os

import pytest

from pilotage.api.lock import DataLock
from pilotage.model.problem import PilotageError


def test_the_second_is_told_who_has_it(tmp_path):
    first, second = DataLock(tmp_path / "d"), DataLock(tmp_path / "d")
    first.take()
    with pytest.raises(PilotageError) as caught:
        second.take()
    assert caught.value.problem.code == "data-locked"
    assert f"process {os.getpid()}" in caught.value.problem.sentence
    first.release()
    second.take()
    second.release()


def test_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PilotageError, match="data-unwritable"):
        DataLock(tmp_path / "file" / "d").take()
