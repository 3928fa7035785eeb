"""JSON to an address of anybody's, signed as the Standard Webhooks specification says, so that its libraries verify it.

The signature is HMAC-SHA256 over `id.timestamp.body` with the channel's secret; the id is the same when a message is sent again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Mapping

import msgspec

from pilotage.model.problem import fail
from pilotage.watch.channel import Message, Outcome, Setting
from pilotage.watch.outbound import post, target_of
from pilotage.watch.reach import Reach
from pilotage.watch.templates import rendered_json

PREFIX = "whsec_"
SHORTEST_KEY = 16
SETTINGS = {
    "url": "where to send to",
    "secret": "signs; `whsec_` and base64, or any text of 16 characters and more",
    "payload": "a JSON template in the place of the default",
    "headers": "more request headers",
    "authorization": "the Authorization header",
}
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_OURS = frozenset({"host", "content-length", "content-type", "connection", "transfer-encoding", "authorization"})


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and base64 of the HMAC-SHA256 over `id.timestamp.body`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error as error:
            raise fail("secret-invalid", "the secret begins with `whsec_` and is not base64") from error
    return secret.encode()


class Webhook:
    """Sends signed JSON."""

    name = "webhook"
    secrets = ("url", "secret", "authorization", "headers")

    def check(self, settings: Mapping[str, Setting], reach: Reach) -> None:
        """Raises PilotageError `setting-unknown`, `setting-missing`, `url-invalid`, `secret-invalid`, `address-refused`."""
        for name in settings.keys() - SETTINGS.keys():
            raise fail("setting-unknown", f"a webhook has no setting `{name[:80]}`", hint=f"settings: {', '.join(SETTINGS)}")
        if not settings.get("url"):
            raise fail("setting-missing", "a webhook needs a `url`")
        target = target_of(str(settings["url"]))
        reach.addresses(target.host, target.port)
        secret = str(settings.get("secret") or "")
        if secret and len(_key(secret)) < SHORTEST_KEY:
            raise fail("secret-invalid", f"the secret is shorter than {SHORTEST_KEY} bytes")
        for name, value in _more(settings).items():
            if not _HEADER.fullmatch(name) or name.lower() in _OURS or name.lower().startswith("webhook-"):
                raise fail("setting-invalid", f"the header `{name[:80]}` cannot be set")
            _check_value(name, value)
        _check_value("authorization", str(settings.get("authorization") or ""))

    def send(self, settings: Mapping[str, Setting], message: Message, reach: Reach) -> Outcome:
        """One signed request."""
        body = _body(settings, message)
        stamp = int(time.time())
        headers = {"Content-Type": "application/json", "webhook-id": message.id, "webhook-timestamp": str(stamp)}
        if secret := str(settings.get("secret") or ""):
            headers["webhook-signature"] = signature(secret, message.id, stamp, body)
        if authorization := str(settings.get("authorization") or ""):
            headers["Authorization"] = authorization
        return post(str(settings["url"]), body, headers | _more(settings), reach)


def _more(settings: Mapping[str, Setting]) -> dict[str, str]:
    """The headers of one's own, which are an object as they are given and its JSON text as they are kept."""
    given = settings.get("headers") or {}
    if isinstance(given, dict):
        return given
    try:
        return msgspec.json.decode(str(given), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise fail("setting-invalid", "`headers` must be an object of texts") from error


def _check_value(name: str, value: str) -> None:
    if not value.isprintable() or not value.isascii():
        raise fail("setting-invalid", f"the value of the header `{name}` holds what a header cannot")


def _body(settings: Mapping[str, Setting], message: Message) -> bytes:
    if message.payload is not None:
        return message.payload.encode()
    if template := str(settings.get("payload") or ""):
        return rendered_json(template, message.variables).encode()
    document = {
        "type": f"alert.{message.event}",
        "timestamp": message.time,
        "data": {"title": message.title, "text": message.text, "level": message.level} | {"alert": dict(message.variables)},
    }
    return msgspec.json.encode(document)


KIND = Webhook()
