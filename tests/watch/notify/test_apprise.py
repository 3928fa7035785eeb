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


SLACK = "slack://TokenA12345/TokenB12345/TokenCxxxxxxxxxxxxxxxxxxxx"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"


@pytest.mark.parametrize(
    "url",
    [
        f"{SLACK}?template=http://127.0.0.1/x",
        f"{SLACK}?template=/etc/passwd",
        f"{SLACK}/?footer=no&TEMPLATE=/etc/passwd",
        f"{SLACK}/?footer=no;template=/etc/passwd",
        f"{SLACK}/?%74emplat%65=/etc/passwd",
        f"{SLACK}/?%2574emplate=/etc/passwd",
        f"{SLACK}/?:template=/etc/passwd",
        f"{SLACK}/?+template=/etc/passwd",
        f"{SLACK}/?-template=/etc/passwd",
        f"{SLACK}/?%20template+=/etc/passwd",
        f"{SLACK}/?format=file:///etc/passwd",
        f"{SLACK}/?footer=%46ile:///etc/passwd",
        f"{DISCORD}/?template=/etc/passwd",
        "msteams://team/" + "a" * 32 + "/" + "b" * 32 + "/" + "c" * 8 + "?template=/etc/passwd",
        "workflows://host/workflow/signature/?template=/etc/passwd",
        "tgram://123456789:abcdefg_hijklmnop/12315544/?template=/etc/passwd",
        "fcm://project/device/?\u212aeyfile=/etc/passwd",
        "fcm://project/device/?keyfile=http://127.0.0.1/key.json",
        "ntfy://topic/?attach=http://127.0.0.1/x",
        "mailto://127.0.0.1/?from=p@example.com&to=a@example.com&pgp=sign&pgpprv=/etc/passwd",
    ],
)
def test_addresses_that_make_the_server_load_something_are_refused_when_kept_and_when_sent(url):
    with pytest.raises(PilotageError) as caught:
        KIND.check({"url": url}, HERE)
    assert caught.value.problem.code == "option-refused"
    assert "passwd" not in caught.value.problem.sentence
    outcome = KIND.send({"url": url}, MESSAGE, HERE)
    assert (outcome.ok, outcome.permanent, outcome.reason.partition(":")[0]) == (False, True, "option-refused")


@pytest.mark.parametrize("url", ["vapid://a@example.com/b@example.com", "VAPID://a@example.com/b@example.com", "file:///etc/passwd"])
def test_services_that_work_from_files_are_refused(url):
    with pytest.raises(PilotageError) as caught:
        KIND.check({"url": url}, HERE)
    assert caught.value.problem.code == "service-refused"


def test_what_apprise_would_load_is_noticed_whatever_the_option_is_called(monkeypatch):
    monkeypatch.setattr("pilotage.watch.notify.apprise._check_options", lambda _url: None)
    with pytest.raises(PilotageError) as caught:
        KIND.check({"url": f"{SLACK}/?template=/etc/passwd"}, HERE)
    assert caught.value.problem.code == "option-refused"


def test_options_that_load_nothing_are_kept():
    KIND.check({"url": f"{SLACK}/?footer=no&format=markdown&attachment_color=red"}, Reach((), lambda *_: ["127.0.0.1"]))


def test_a_redirect_is_not_followed(sink):
    sink.statuses = [(307, {"Location": f"http://127.0.0.1:{sink.port}/inside"})]
    assert not KIND.send({"url": f"json://127.0.0.1:{sink.port}/token123456"}, MESSAGE, HERE).ok
    assert [path for path, _, _ in sink.requests] == ["/token123456"]


def test_a_service_with_a_host_of_its_own_needs_no_leave():
    KIND.check({"url": "slack://TokenA12345/TokenB12345/TokenCxxxxxxxxxxxxxxxxxxxx"}, Reach((), lambda *_: ["127.0.0.1"]))
