from __future__ import annotations

from dataclasses import replace

import pytest

from pilotage.model.knowledge import KnowledgeBook, Lookup, Macro
from pilotage.model.problem import PilotageError
from pilotage.state.open import open_state


@pytest.fixture
def state(tmp_path):
    state = open_state(tmp_path)
    yield state
    state.close()


def test_macros_are_told_apart_by_their_number_of_arguments(state):
    plain, two = Macro("index=web"), Macro("a=$x$ b=$y$", ("x", "y"), evaluated=True)
    state.knowledge.put_macro("m", plain)
    state.knowledge.put_macro("m", two)
    assert state.book().macros == {"m": plain, "m(2)": two}
    state.knowledge.drop_macro("m", 0)
    assert state.book().macros == {"m(2)": two}
    with pytest.raises(PilotageError, match="macro-missing"):
        state.knowledge.drop_macro("m", 0)


def test_a_change_is_seen_at_once_and_replaces_the_whole(state):
    state.knowledge.put_eventtype("e", "a=1")
    state.knowledge.put_tag("t", (("host", "a"), ("host", "b")))
    assert state.book().eventtypes == {"e": "a=1"}
    state.knowledge.put_eventtype("e", "a=2")
    state.knowledge.put_tag("t", (("app", "x"), ("app", "x")))
    assert state.book() == KnowledgeBook(eventtypes={"e": "a=2"}, tags={"t": (("app", "x"),)})
    state.knowledge.drop_tag("t")
    state.knowledge.drop_eventtype("e")
    assert state.book() == KnowledgeBook()


def test_a_lookup_keeps_every_setting_over_a_restart(state, tmp_path):
    asked = Lookup(
        "net.csv", ("net", "zone"), "", 1, (("net", "CIDR"),), case_sensitive=False, least=1, most=3, default="none",
        time_field="t", time_format="%F", minimum_offset=1.5, maximum_offset=60.0,
    )  # fmt: skip
    kept = state.knowledge.put_lookup(asked, b"net,zone\n10.0.0.0/8,ten\n")
    assert replace(kept, digest="") == asked
    state.close()
    again = open_state(tmp_path)
    assert again.book().lookups == {"net.csv": kept}
    assert again.artifacts.read(kept.digest) == b"net,zone\n10.0.0.0/8,ten\n"
    again.close()


def test_files_are_kept_as_long_as_a_lookup_names_them(state):
    one = state.knowledge.put_lookup(Lookup("one"), b"a\n1\n")
    state.knowledge.put_lookup(Lookup("two"), b"a\n1\n")
    state.knowledge.put_lookup(Lookup("one"), b"a\n2\n")
    assert state.artifacts.read(one.digest) == b"a\n1\n"
    state.knowledge.drop_lookup("two")
    with pytest.raises(PilotageError, match="artifact-missing"):
        state.artifacts.read(one.digest)
    assert len(list(state.artifacts.folder.iterdir())) == 1


def test_a_backup_holds_the_files(state, tmp_path):
    kept = state.knowledge.put_lookup(Lookup("one"), b"a\n1\n")
    folder = tmp_path / "copy"
    folder.mkdir()
    state.backup(folder)
    copy = open_state(folder)
    assert copy.book().lookups == {"one": kept}
    assert copy.artifacts.read(kept.digest) == b"a\n1\n"
    copy.close()


def test_looking_into_a_fresh_state_makes_nothing(tmp_path):
    assert open_state(tmp_path).book() == KnowledgeBook()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_nothing(state, tmp_path):
    (tmp_path / "artifacts").write_text("no folder")
    with pytest.raises(PilotageError, match="artifact-unwritable"):
        state.knowledge.put_lookup(Lookup("one"), b"a\n1\n")
    assert state.book() == KnowledgeBook()
