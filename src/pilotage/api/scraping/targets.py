"""Which pages to fetch: the targets of the configuration and of its files, which are read again when they change."""

from __future__ import annotations

import glob
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from pilotage.api.settings import ADDRESS, ScrapeSetting, duration_seconds
from pilotage.model.problem import PilotageError, fail


@dataclass(frozen=True, slots=True)
class Target:
    """One page. `labels` are given to all its series, `job` and `instance` among them; `position` is its entry in the configuration."""

    position: int
    url: str
    labels: tuple[tuple[str, str], ...]
    setting: ScrapeSetting = field(compare=False)

    @property
    def interval(self) -> int:
        """Seconds from one scrape to the next."""
        return duration_seconds(self.setting.interval)

    @property
    def timeout(self) -> int:
        """Seconds a scrape may take."""
        return self.setting.timeout_seconds()

    @property
    def instance(self) -> str:
        """The label."""
        return dict(self.labels)["instance"]

    @property
    def job(self) -> str:
        """The label."""
        return dict(self.labels)["job"]

    def credentials(self) -> dict[str, str]:
        """The Authorization header, if any; a token's file is read each time, since tokens are renewed. Raises OSError."""
        setting = self.setting
        token = setting.bearer_token
        if setting.bearer_token_file is not None:
            token = Path(setting.bearer_token_file).read_text().strip()
        if token:
            return {"authorization": f"Bearer {token}"}
        if setting.username is not None:
            return {"authorization": "Basic " + b64encode(f"{setting.username}:{setting.password}".encode()).decode()}
        return {}

    def tls(self) -> ssl.SSLContext | None:
        """How its certificate is checked; None for plain HTTP. Raises OSError for an authority that cannot be read."""
        if self.setting.scheme == "http":
            return None
        context = ssl.create_default_context(cafile=self.setting.tls_ca)
        if self.setting.tls_insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


class _Group(msgspec.Struct, forbid_unknown_fields=True):
    targets: list[str]
    labels: dict[str, str] = {}


@dataclass(slots=True)
class Discovery:
    """Finds the targets of all entries. A file that cannot be read keeps the targets it had; `errors` says why, by its path."""

    settings: tuple[ScrapeSetting, ...]
    errors: dict[str, str] = field(default_factory=dict)
    _held: dict[Path, tuple[int, list[_Group]]] = field(default_factory=dict)

    def targets(self) -> list[Target]:
        """All targets now, each once. Blocking."""
        found: dict[Target, None] = {}
        errors: dict[str, str] = {}
        for position, setting in enumerate(self.settings):
            groups = [_Group(list(setting.targets)), *(g for path in _paths(setting) for g in self._groups(path, errors))]
            for group in groups:
                found.update(dict.fromkeys(_target(position, setting, address, group.labels) for address in group.targets))
        self.errors = errors
        return list(found)

    def _groups(self, path: Path, errors: dict[str, str]) -> list[_Group]:
        changed, held = self._held.get(path, (-1, []))
        try:
            now = path.stat().st_mtime_ns
            if now != changed:
                held = msgspec.json.decode(path.read_bytes(), type=list[_Group])
                bad = [address for group in held for address in group.targets if not ADDRESS.fullmatch(address)]
                if bad:
                    raise fail("bad-target", f"target `{bad[0][:100]}` is not `host:port`")
                self._held[path] = (now, held)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, PilotageError) as error:
            errors[str(path)] = str(error)
            return self._held.get(path, (-1, []))[1]
        return held


def _paths(setting: ScrapeSetting) -> Iterator[Path]:
    for pattern in setting.files:
        found = sorted(glob.glob(pattern))  # noqa: PTH207 - the pattern may be absolute
        yield from map(Path, found or [pattern])


def _target(position: int, setting: ScrapeSetting, address: str, more: Mapping[str, str]) -> Target:
    if not address.rpartition(":")[2].isdigit():
        address = f"{address}:{443 if setting.scheme == 'https' else 80}"
    query = f"?{urlencode(setting.params)}" if setting.params else ""
    labels = {"job": setting.job, "instance": address, **setting.labels, **more}
    return Target(position, f"{setting.scheme}://{address}{setting.path}{query}", tuple(sorted(labels.items())), setting)
