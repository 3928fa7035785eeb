"""What every kind of channel must do, asked of each that the folder holds."""

from __future__ import annotations

import pytest

from pilotage.model.problem import PilotageError
from pilotage.watch.channel import Channel, Message, kind_of, kinds, scrubbed, split
from pilotage.watch.reach import Reach

MESSAGE = Message("msg_1", "t", "x", "critical", "opened", 0.0)
SETTINGS = {
    "webhook": {
        "url": "http://127.0.0.1:1/secret-part-0",
        "secret": "secret-part-1-and-more",
        "authorization": "Bearer secret-part-2",
        "headers": {"X-Api-Key": "secret-part-5"},
    },
    "apprise": {"url": "json://127.0.0.1:1/secret-part-3"},
    "email": {
        "host": "127.0.0.1",
        "port": 1,
        "security": "none",
        "sender": "a@example.com",
        "to": ["b@example.com"],
        "password": "secret-part-4",
    },
}


def test_every_file_is_one_kind_with_a_case_here():
    assert kinds().keys() == SETTINGS.keys()
    for name, kind in kinds().items():
        assert kind_of(name) is kind
        assert set(kind.secrets) <= SETTINGS[name].keys()


def test_an_unknown_kind_names_those_there_are():
    with pytest.raises(PilotageError) as caught:
        kind_of("pigeon")
    assert "webhook" in (caught.value.problem.hint or "")


@pytest.mark.parametrize("name", SETTINGS)
def test_a_failure_is_an_outcome_that_can_be_told_without_secrets(name):
    kind = kind_of(name)
    _, secrets = split(kind, SETTINGS[name])
    outcome = kind.send(SETTINGS[name], MESSAGE, Reach(("127.0.0.1",)))
    assert (outcome.ok, outcome.permanent) == (False, False)
    assert "secret-part" not in scrubbed(outcome.reason, secrets)
    refused = kind.send(SETTINGS[name], MESSAGE, Reach())
    assert (refused.ok, refused.permanent) == (False, True)


def test_secrets_are_taken_out_in_every_form_they_are_quoted_in():
    secrets = {"url": "https://hooks.example.com/T0001/a b/XYZsecret99", "password": "p%ss wörd"}
    text = "POST https://hooks.example.com/T0001/a b/XYZsecret99 /T0001/a%20b/XYZsecret99 XYZsecret99 p%25ss%20w%C3%B6rd p%ss wörd"
    found = scrubbed(text, secrets)
    for each in ("XYZsecret99", "p%ss", "p%25ss", "hooks.example.com"):
        assert each not in found
    assert len(scrubbed("x" * 5000, {})) == 300


def test_the_values_of_a_secret_object_are_taken_out_one_by_one():
    _, secrets = split(kind_of("webhook"), SETTINGS["webhook"])
    assert scrubbed("X-Api-Key: secret-part-5 refused", secrets) == "X-Api-Key: *** refused"
    assert split(kind_of("webhook"), {"headers": {}}) == ({}, {"headers": ""})


def test_a_document_says_nothing_of_its_secrets():
    from pilotage.state.deliveries import Document

    assert "hush" not in repr(Document("hook", "{}", {"url": "hush"}, 0))
    assert Channel("webhook").events == ("opened", "escalated", "resolved", "expired", "reminder")
