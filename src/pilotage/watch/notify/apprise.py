"""The services that Apprise knows (chat, paging, SMS, e-mail …), one address such as `slack://…` each.

Apprise is imported with the first message: 1.8 CPU-seconds and 39 MiB (2026-11-22, version 2.2) that a server without such a channel saves.
"""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from pilotage.model.problem import PilotageError, fail
from pilotage.watch.channel import SENT, Message, Outcome, Setting
from pilotage.watch.reach import Reach

if TYPE_CHECKING:
    from apprise import NotifyBase

LOCAL = frozenset({"dbus", "glib", "gio", "qt", "kde", "gnome", "macosx", "windows", "syslog", "blink1", "growl", "signal", "signals"})
"""Services that act on the server's own machine, or through a program of it."""
FILED = frozenset({"file", "vapid"})
"""Services whose keys are files of the server's."""
_LOADING = "template|keyfile|subfile|attach|attachments?|pgppub|pgpprv|pgp_key|pgp_privkey|wkd"
_LOADS = re.compile(rf"[?&;][\s+:-]*(?P<name>{_LOADING})[\s+]*(?:=|&|;|#|$)|=[\s+]*(?P<file>file):")
_LAYERS = 8
SETTINGS = {"url": "an address as Apprise's documentation lists them", "format": "`text`, `markdown` or `html`"}
FORMATS = ("text", "markdown", "html")
_TYPES = {"critical": "failure", "warning": "warning", "missing": "warning"}


class Apprise:
    """Sends by one Apprise address."""

    name = "apprise"
    secrets = ("url",)

    def check(self, settings: Mapping[str, Setting], reach: Reach) -> None:
        """Raises PilotageError `setting-unknown`, `setting-missing`, `url-invalid`, `(service|option)-refused`, what `Reach` refuses."""
        for name in settings.keys() - SETTINGS.keys():
            raise fail("setting-unknown", f"an apprise channel has no setting `{name[:80]}`", hint=f"settings: {', '.join(SETTINGS)}")
        if not settings.get("url"):
            raise fail("setting-missing", "an apprise channel needs a `url`", hint="such as `slack://…`, `mailto://…` or `tgram://…`")
        if settings.get("format", "text") not in FORMATS:
            raise fail("setting-invalid", "`format` is none that is known", hint=f"formats: {', '.join(FORMATS)}")
        _check_reach(_opened(str(settings["url"])), reach)

    def send(self, settings: Mapping[str, Setting], message: Message, reach: Reach) -> Outcome:
        """One message; Apprise says only whether it went, its own log says why not."""
        try:
            service = _opened(str(settings["url"]))
            _check_reach(service, reach)
        except PilotageError as error:
            permanent = error.problem.code != "host-unknown"
            return Outcome(ok=False, reason=f"{error.problem.code}: {error.problem.sentence}", permanent=permanent)
        kind = "success" if message.event in ("resolved", "expired") else _TYPES.get(message.level, "info")
        with _Heard() as heard:
            try:
                went = service.notify(
                    body=message.text, title=message.title, notify_type=kind, body_format=str(settings.get("format", "text"))
                )
            except (OSError, ValueError, TypeError, RuntimeError) as error:
                return Outcome(ok=False, reason=f"{type(error).__name__}: {error}")
        return SENT if went else Outcome(ok=False, reason=heard.last or "the service did not take the message")


def _opened(url: str) -> NotifyBase:
    scheme = urlsplit(url).scheme.lower() if "://" in url else ""
    if scheme in LOCAL:
        raise fail("service-refused", f"`{scheme}://` acts on the server's own machine and cannot be used")
    if scheme in FILED:
        raise fail("service-refused", f"`{scheme}://` reads files of the server and cannot be used")
    _check_options(url)
    with _lock, warnings.catch_warnings():
        # Its plug-ins are loaded with the first address, and some import what Python is about to drop.
        warnings.simplefilter("ignore", DeprecationWarning)
        from apprise import Apprise as Library  # noqa: PLC0415 - see the module's docstring

        _quiet()
        made = Library.instantiate(url, suppress_exceptions=True) if scheme else None
    if made is None:
        hint = "see the list of services in Apprise's documentation"
        raise fail("url-invalid", f"Apprise does not know what to do with this `{scheme or 'empty'}` address", hint=hint)
    if any(type(each).__name__ == "AppriseAttachment" and len(each) for each in vars(made).values()):
        raise fail("option-refused", f"this `{scheme}` address makes the server load a file or an address")
    # A redirect could lead to an address that is not in reach.
    made.redirects = False
    return made


def _check_options(url: str) -> None:
    """Options whose value Apprise loads, from the server's disk or its network, would show both to whoever may set up channels."""
    text, before = url.lower(), ""
    for _ in range(_LAYERS):
        if found := _LOADS.search(text):
            name = found["name"] or found["file"]
            raise fail("option-refused", f"the option `{name}` of an Apprise address loads files or addresses and cannot be used")
        text, before = unquote(text).lower(), text
        if text == before:
            return
    raise fail("url-invalid", f"the address is percent-encoded more than {_LAYERS - 1} times")


def _check_reach(service: NotifyBase, reach: Reach) -> None:
    """Where the person chose the host, it must be in reach; services with a host of their own are public."""
    templates = getattr(service, "templates", ())
    if not any("{host}" in each for each in templates):
        return
    host = getattr(service, "smtp_host", None) or getattr(service, "host", None)
    if host:
        reach.addresses(str(host), int(getattr(service, "port", None) or 443))


class _Hearing(threading.local):
    last: str = ""


_hearing = _Hearing()
_lock = threading.Lock()
_LOG = logging.getLogger("apprise")


class _Ear(logging.Handler):
    """Keeps the last complaint of the thread; nothing of Apprise's log is written, since it may quote addresses."""

    def emit(self, record: logging.LogRecord) -> None:
        """Note it."""
        if record.levelno >= logging.WARNING:
            _hearing.last = record.getMessage()


class _Heard:
    last = ""

    def __enter__(self) -> Self:
        _hearing.last = ""
        return self

    def __exit__(self, *_: object) -> None:
        self.last = _hearing.last


def _quiet() -> None:
    if not any(isinstance(each, _Ear) for each in _LOG.handlers):
        _LOG.propagate = False
        _LOG.setLevel(logging.WARNING)
        _LOG.addHandler(_Ear())


KIND = Apprise()
