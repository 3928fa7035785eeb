"""E-mail through one's own mail server, by the standard library: an alert and what follows it are one conversation in mail programs."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate

from pilotage.model.problem import PilotageError, fail
from pilotage.watch.channel import SENT, Message, Outcome, Setting
from pilotage.watch.reach import Reach

SECONDS = 15.0
MOST_RECIPIENTS = 100
SECURITY = ("starttls", "tls", "none")
PORTS = {"starttls": 587, "tls": 465, "none": 25}
SETTINGS = {
    "host": "the mail server",
    "port": "its port, by default 587, 465 or 25 as `security` is",
    "security": "`starttls` (default), `tls` or `none`",
    "sender": "From",
    "to": "addresses, at most 100",
    "user": "to log in with",
    "password": "to log in with",
}
_ADDRESS = re.compile(r"[^\s<>@,;:\"\r\n]+@[^\s<>@,;:\"\r\n]+")


class Email:
    """Sends by SMTP."""

    name = "email"
    secrets = ("password",)

    def check(self, settings: Mapping[str, Setting], reach: Reach) -> None:
        """Raises PilotageError `setting-unknown`, `setting-missing`, `setting-invalid`, `address-refused`, `host-unknown`."""
        for name in settings.keys() - SETTINGS.keys():
            raise fail("setting-unknown", f"an email channel has no setting `{name[:80]}`", hint=f"settings: {', '.join(SETTINGS)}")
        for name in ("host", "sender", "to"):
            if not settings.get(name):
                raise fail("setting-missing", f"an email channel needs `{name}`")
        security = settings.get("security", "starttls")
        if security not in SECURITY:
            raise fail("setting-invalid", "`security` is none that is known", hint=f"write {', '.join(SECURITY)}")
        if settings.get("password") and security == "none":
            raise fail("setting-invalid", "a password is not sent without encryption", hint="use `starttls` or `tls`")
        to = _recipients(settings)
        if len(to) > MOST_RECIPIENTS:
            raise fail("setting-invalid", f"`to` holds {len(to)} addresses, at most {MOST_RECIPIENTS} are possible")
        for each in (*to, str(settings["sender"])):
            if not _ADDRESS.fullmatch(each):
                raise fail("setting-invalid", f"`{each[:120]}` is not an e-mail address")
        reach.addresses(str(settings["host"]), _port(settings))

    def send(self, settings: Mapping[str, Setting], message: Message, reach: Reach) -> Outcome:
        """One mail to all recipients; refused by some of them it counts as sent to the others."""
        try:
            addresses = reach.addresses(str(settings["host"]), _port(settings))
        except PilotageError as error:
            permanent = error.problem.code != "host-unknown"
            return Outcome(ok=False, reason=f"{error.problem.code}: {error.problem.sentence}", permanent=permanent)
        try:
            self._deliver(settings, addresses, _mail(settings, message))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            return Outcome(ok=False, reason="the mail server refuses the recipients", permanent=all(500 <= code < 600 for code in codes))
        except smtplib.SMTPResponseException as error:
            permanent = 500 <= error.smtp_code < 600
            return Outcome(ok=False, reason=f"the mail server answered {error.smtp_code}", permanent=permanent)
        except (OSError, smtplib.SMTPException) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
            return Outcome(ok=False, reason=f"no mail server: {reason}")
        return SENT

    def _deliver(self, settings: Mapping[str, Setting], addresses: list[str], mail: EmailMessage) -> None:
        security, host = settings.get("security", "starttls"), str(settings["host"])
        context = ssl.create_default_context()
        client = _Pinned(addresses, host, _port(settings), context if security == "tls" else None)
        try:
            if security == "starttls":
                client.starttls(context=context)
            if settings.get("user"):
                client.login(str(settings["user"]), str(settings.get("password") or ""))
            client.send_message(mail)
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client.quit()


class _Pinned(smtplib.SMTP):
    """Connects to the addresses that were checked, and knows the name for its certificate."""

    def __init__(self, addresses: list[str], host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._addresses = addresses
        self._tls = tls
        super().__init__(host, port, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        last: OSError | None = None
        for address in self._addresses:
            try:
                plain = socket.create_connection((address, port), timeout)
            except OSError as error:
                last = error
                continue
            return plain if self._tls is None else self._tls.wrap_socket(plain, server_hostname=host)
        raise last or OSError("no address")


def _mail(settings: Mapping[str, Setting], message: Message) -> EmailMessage:
    mail = EmailMessage()
    sender = str(settings["sender"])
    domain = sender.rpartition("@")[2]
    mail["From"] = sender
    mail["To"] = ", ".join(_recipients(settings))
    mail["Subject"] = " ".join(message.title.split())[:200]
    mail["Date"] = formatdate(message.time)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if alert := str(message.variables.get("Id") or ""):
        # All mails of an alert refer to the same mail, which need not exist.
        mail["References"] = f"<alert-{''.join(each for each in alert if each.isalnum())}@{domain}>"
    if message.level == "critical" and message.event not in ("resolved", "expired"):
        mail["X-Priority"] = "1"
    mail.set_content(message.text)
    return mail


def _recipients(settings: Mapping[str, Setting]) -> list[str]:
    to = settings.get("to", "")
    found = to.split(",") if isinstance(to, str) else list(to) if isinstance(to, (list, tuple)) else []
    return [each.strip() for each in found if each.strip()]


def _port(settings: Mapping[str, Setting]) -> int:
    port = settings.get("port")
    return port if isinstance(port, int) else PORTS[str(settings.get("security", "starttls"))]


KIND = Email()
