"""Apprise's own e-mail and JSON services against real receivers."""

from __future__ import annotations

import email
import email.policy

import pytest

from pilotage.model.problem import PilotageError
from pilotage.watch.channel import Message
from pilotage.watch.notify.apprise import KIND
from pilotage.watch.reach import Reach

HERE = Reach(("127.0.0.1",))
MESSAGE = Message("msg_1", "Critical: latency", "too slow", "critical", "opened", 1_767_614_400.0)


def test_a_mail_through_apprise_arrives(mails):
    url = f"mailto://127.0.0.1:{mails.port}/?from=p@example.com&to=a@example.com&mode=insecure"
    KIND.check({"url": url}, HERE)
    assert KIND.send({"url": url}, MESSAGE, HERE).ok
    mail = email.message_from_bytes(mails.messages[0][2], policy=email.policy.default)
    assert mail["Subject"] == "Critical: latency"
    assert "too slow" in str(mail)


def test_a_service_of_json_gets_title_text_and_urgency(sink):
    assert KIND.send({"url": f"json://127.0.0.1:{sink.port}/token123456"}, MESSAGE, HERE).ok
    document = sink.documents()[0]
    assert (document["title"], document["message"], document["type"]) == ("Critical: latency", "too slow", "failure")


def test_a_service_that_fails_is_worth_another_try(sink):
    sink.statuses = [500]
    outcome = KIND.send({"url": f"json://127.0.0.1:{sink.port}/token123456"}, MESSAGE, HERE)
    assert (outcome.ok, outcome.permanent) == (False, False)
    assert outcome.reason


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "setting-missing"),
        ("no address", "url-invalid"),
        ("nonsense9://x", "url-invalid"),
        ("syslog://", "service-refused"),
        ("DBUS://", "service-refused"),
        ("json://127.0.0.2/x", "address-refused"),
        ("mailto://10.1.2.3/?from=p@example.com&to=a@example.com", "address-refused"),
        ("mailto://example.com/?smtp=127.0.0.7&from=p@example.com&to=a@example.com", "address-refused"),
    ],
)
def test_addresses_that_cannot_be_used_are_refused(url, code):
    with pytest.raises(PilotageError) as caught:
        KIND.check({"url": url}, HERE)
    assert caught.value.problem.code == code
    assert "a@example.com" not in caught.value.problem.sentence


def test_a_service_with_a_host_of_its_own_needs_no_leave():
    KIND.check({"url": "slack://TokenA12345/TokenB12345/TokenCxxxxxxxxxxxxxxxxxxxx"}, Reach((), lambda *_: ["127.0.0.1"]))
