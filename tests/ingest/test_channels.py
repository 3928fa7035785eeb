"""Acknowledgement channels: ids in order, kept over a restart, forgotten after a day."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pilotage.ingest import channels
from pilotage.ingest.channels import Channels
from pilotage.model.problem import PilotageError


def test_ids_count_up_a_channel(tmp_path: Path) -> None:
    known = Channels(tmp_path / "channels")
    assert [known.issue("a"), known.issue("b"), known.issue("a")] == [0, 0, 1]
    assert known.issued("a", (0, 1, 2, -1)) == {0: True, 1: True, 2: False, -1: False}
    assert known.issued("never", (0,)) == {0: False}
    known.close()


def test_a_killed_process_forgets_nothing(tmp_path: Path) -> None:
    first = Channels(tmp_path / "channels")
    first.issue("a"), first.issue("a"), first.issue("b")
    second = Channels(tmp_path / "channels")
    assert second.issued("a", (1, 2)) == {1: True, 2: False}
    assert (second.issue("a"), second.issue("c")) == (2, 0)
    first.close()
    second.close()


def test_a_day_without_use_ends_a_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Channels(tmp_path / "channels", capacity=2)
    known.issue("a")
    later = time.time() + channels.IDLE_SECONDS + 1
    monkeypatch.setattr(channels.time, "time", lambda: later)
    assert known.issued("a", (0,)) == {0: False}
    again = Channels(tmp_path / "channels", capacity=2)
    assert [again.issue(c) for c in "bc"] == [0, 0]
    assert (tmp_path / "channels").stat().st_size == 64, "the slot was used again"
    with pytest.raises(PilotageError, match="channels-full"):
        again.open("d")
    assert known.issue("a") == 0
    known.close()
    again.close()
