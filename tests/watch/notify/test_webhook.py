"""The signed webhook against an independent implementation of the specification."""

from __future__ import annotations

import json

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from pilotage.model.problem import PilotageError
from pilotage.watch.channel import Message, split
from pilotage.watch.notify.webhook import KIND
from pilotage.watch.reach import Reach

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HERE = Reach(("127.0.0.1",))


def message(**more):
    values = {"Name": 'a "quoted" name', "TriggerValue": 3.5, "ResultsJson": '[{"ms": 7}]'}
    return Message("msg_1", "Title", "Text", "critical", "opened", 1_767_614_400.0, values, **more)


def test_the_signature_is_what_the_specification_says(sink):
    assert KIND.send({"url": sink.url, "secret": SECRET}, message(), HERE).ok
    path, headers, body = sink.requests[0]
    assert path == "/hook/very-secret-path"
    assert Verifier(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})["type"] == "alert.opened"
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(body + b" ", {name.lower(): value for name, value in headers.items()})


def test_a_payload_of_ones_own_stays_json_whatever_the_values_hold(sink):
    template = '{"text": "alert {{name}}", "value": {{TriggerValue}}, "rows": {{ResultsJson}}, "none": "{{Nothing}}", "first": "{{ResultsJson.ms}}"}'
    assert KIND.send({"url": sink.url, "payload": template}, message(), HERE).ok
    expected = {"text": 'alert a "quoted" name', "value": 3.5, "rows": [{"ms": 7}], "none": "", "first": "7"}
    assert sink.documents() == [expected]


def test_headers_and_authorization_of_ones_own(sink):
    settings = {"url": sink.url, "headers": {"X-Team": "core"}, "authorization": "Bearer t"}
    assert KIND.send(settings, message(payload='{"run": 1}'), HERE).ok
    _, headers, body = sink.requests[0]
    assert (headers["X-Team"], headers["Authorization"], json.loads(body)) == ("core", "Bearer t", {"run": 1})


def test_headers_are_sent_as_they_are_kept(sink):
    settings, secrets = split(KIND, {"url": sink.url, "headers": {"X-Team": "core", "X-Api-Key": "k"}})
    assert settings == {}
    KIND.check(secrets, HERE)
    assert KIND.send(secrets, message(), HERE).ok
    _, headers, _ = sink.requests[0]
    assert (headers["X-Team"], headers["X-Api-Key"]) == ("core", "k")


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, "setting-missing"),
        ({"url": "ftp://example.com/"}, "url-invalid"),
        ({"url": "https://user:pass@example.com/"}, "url-invalid"),
        ({"url": "https://exa mple.com/"}, "url-invalid"),
        ({"url": "http://127.0.0.1/", "secret": "short"}, "secret-invalid"),
        ({"url": "http://127.0.0.1/", "secret": "whsec_%%%"}, "secret-invalid"),
        ({"url": "http://127.0.0.1/", "headers": {"Host": "x"}}, "setting-invalid"),
        ({"url": "http://127.0.0.1/", "headers": {"A": "b\r\nC: d"}}, "setting-invalid"),
        ({"url": "http://127.0.0.1/", "headers": "X-Team: core"}, "setting-invalid"),
        ({"url": "http://127.0.0.1/", "headers": '{"Host":"x"}'}, "setting-invalid"),
        ({"url": "http://127.0.0.1/", "tiemout": 3}, "setting-unknown"),
        ({"url": "http://127.0.0.2/"}, "address-refused"),
        ({"url": "http://[::1]/"}, "address-refused"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "address-refused"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, code):
    with pytest.raises(PilotageError) as caught:
        KIND.check(settings, HERE)
    assert caught.value.problem.code == code


def test_an_address_that_moved_into_the_network_is_not_called(sink):
    outcome = KIND.send({"url": f"http://rebound.example:{sink.port}/"}, message(), Reach((), lambda *_: ["127.0.0.1"]))
    assert (outcome.ok, outcome.permanent) == (False, True)
    assert sink.requests == []
