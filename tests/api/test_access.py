from __future__ import annotations

import re

import pytest

from pilotage.api.access import Access
from pilotage.api.settings import SCOPES, parse_settings
from pilotage.cli import parse
from pilotage.model.problem import PilotageError
from pilotage.state.open import open_state
from pilotage.state.records import NewToken

ADMIN = NewToken("root", ("admin", "read", "ingest"))
READER = NewToken("reader", ("read",))


@pytest.fixture
def make(tmp_path):
    states = []

    def make(config="", bind="127.0.0.1"):
        state = open_state(tmp_path)
        states.append(state)
        access = Access(parse_settings(config), state, bind=bind)
        access.reload()
        return access

    yield make
    for state in states:
        state.close()


def code(call, *arguments):
    with pytest.raises(PilotageError) as caught:
        call(*arguments)
    return caught.value.problem.code


@pytest.mark.parametrize("token", [None, "anything", "ünï", ""])
def test_an_unconfigured_loopback_server_is_open(make, token):
    assert make().authorize(token, "admin").scopes == {"ingest", "read", "admin"}


def test_elsewhere_it_is_closed_and_does_not_start(make):
    access = make(bind="0.0.0.0")
    assert code(access.authorize, "x", "read") == "token-invalid"
    with pytest.raises(PilotageError) as caught:
        access.check_bind("0.0.0.0")
    assert caught.value.problem.code == "unprotected"
    assert "[[tokens]]" in caught.value.problem.hint


def test_elsewhere_with_a_token_it_starts(make):
    make('[[tokens]]\nvalue = "v"', bind="0.0.0.0").check_bind("0.0.0.0")
    assert code(make('[[tokens]]\nvalue = "v"\ndisabled = true', bind="0.0.0.0").check_bind, "0.0.0.0") == "unprotected"


def test_a_configured_token_carries_its_metadata(make):
    access = make('[[tokens]]\nvalue="v"\nname="n"\nkind="hec"\nindexes=["a"]\ndefault_index="a"\nack=true\nsourcetype="t"')
    grant = access.authorize("v", "ingest")
    assert (grant.name, grant.default_index, grant.acknowledge, grant.sourcetype, grant.indexes) == ("n", "a", True, "t", {"a"})
    assert code(access.authorize, "v", "read") == "scope-missing"
    assert code(access.authorize, None, "read") == "token-required"
    assert code(access.authorize, "w", "read") == "token-invalid"


def test_created_tokens_work_at_once_and_after_a_restart(make):
    access = make()
    _, value = access.create(ADMIN)
    _, narrow = access.create(READER)
    for each in (access, make()):
        assert each.authorize(value, "admin").name == "root"
        assert code(each.authorize, narrow, "admin") == "scope-missing"
        assert code(each.authorize, None, "read") == "token-required"


def test_a_revoked_token_is_refused_at_once(make):
    access = make()
    access.create(ADMIN)
    token, value = access.create(READER)
    access.revoke(token.id)
    assert code(access.authorize, value, "read") == "token-disabled"


def test_nobody_can_lock_himself_out(make):
    access = make()
    assert code(access.create, READER) == "first-token"
    admin, _ = access.create(ADMIN)
    reader, _ = access.create(READER)
    assert code(access.revoke, admin.id) == "last-admin"
    access.revoke(reader.id)
    access.revoke(admin.id)
    assert access.authorize(None, "admin").token_id == ""


def test_revoking_what_is_not_there(make):
    assert code(make().revoke, "none") == "unknown-token-id"


def test_refusals_name_a_command_that_works(make):
    access = make()
    with pytest.raises(PilotageError) as first:
        access.create(READER)
    words = re.search(r"`pilotage (token create [^`]*)`", first.value.problem.hint)[1].split()
    assert set(parse(words).scopes) == set(SCOPES)
    access.create(ADMIN)
    _, value = access.create(READER)
    with pytest.raises(PilotageError) as narrow:
        access.authorize(value, "ingest")
    words = re.search(r"`pilotage (token create [^`]*)`", narrow.value.problem.hint)[1].split()
    assert parse(words).scopes == ["ingest", "read"]
    with pytest.raises(PilotageError) as without:
        access.authorize(None, "read")
    assert all(word in without.value.problem.hint for word in ("admin", "--token", "PILOTAGE_TOKEN"))
