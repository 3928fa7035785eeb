"""E-mail as a real mail server receives it."""

from __future__ import annotations

import email
import email.policy

import pytest

from pilotage.model.problem import PilotageError
from pilotage.watch.channel import Message
from pilotage.watch.notify.email import KIND
from pilotage.watch.reach import Reach

HERE = Reach(("127.0.0.1",))


def settings(mails, **more):
    return {
        "host": "127.0.0.1",
        "port": mails.port,
        "security": "none",
        "sender": "p@example.com",
        "to": ["a@example.com", "b@example.com"],
    } | more


def message(identity="msg_1", event="opened", title="Critical: Latenz über 3 s"):
    return Message(identity, title, "Grüße\nsecond line", "critical", event, 1_767_614_400.0, {"Id": "a1"})


def test_a_mail_arrives_as_it_was_meant(mails):
    assert KIND.send(settings(mails), message(), HERE).ok
    sender, to, content = mails.messages[0]
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert (sender, to) == ("p@example.com", ["a@example.com", "b@example.com"])
    assert mail["Subject"] == "Critical: Latenz über 3 s"
    assert mail.get_content().replace("\r\n", "\n") == "Grüße\nsecond line\n"
    assert mail["Message-ID"] == "<msg_1@example.com>"
    assert mail["X-Priority"] == "1"


def test_mails_of_one_alert_are_one_conversation(mails):
    KIND.send(settings(mails), message(), HERE)
    KIND.send(settings(mails), message("msg_2", "resolved"), HERE)
    first, second = (email.message_from_bytes(content, policy=email.policy.default) for _, _, content in mails.messages)
    assert first["References"] == second["References"] == "<alert-a1@example.com>"
    assert second["X-Priority"] is None


def test_a_title_cannot_add_headers(mails):
    assert KIND.send(settings(mails), message(title="x\r\nBcc: evil@example.com"), HERE).ok
    assert mails.messages[0][1] == ["a@example.com", "b@example.com"]
    assert b"\r\nBcc" not in mails.messages[0][2]


def test_no_server_is_worth_another_try_and_a_refusal_is_not(mails):
    gone = KIND.send(settings(mails, port=1), message(), HERE)
    assert (gone.ok, gone.permanent) == (False, False)
    inside = KIND.send(settings(mails), message(), Reach())
    assert (inside.ok, inside.permanent) == (False, True)
    assert mails.messages == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"to": []}, "setting-missing"),
        ({"to": ["nobody"]}, "setting-invalid"),
        ({"to": [f"a{n}@example.com" for n in range(101)]}, "setting-invalid"),
        ({"password": "x"}, "setting-invalid"),
        ({"security": "maybe"}, "setting-invalid"),
        ({"cc": "x"}, "setting-unknown"),
        ({"host": "127.0.0.9"}, "address-refused"),
    ],
)
def test_settings_that_cannot_work_are_refused(mails, more, code):
    with pytest.raises(PilotageError) as caught:
        KIND.check(settings(mails, **more), HERE)
    assert caught.value.problem.code == code
