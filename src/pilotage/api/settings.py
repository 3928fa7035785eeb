"""The server's settings: one TOML file, read once at the start into frozen dataclasses; what is not understood is refused."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import msgspec

from pilotage.ingest.messages import Multiline, boundary_pattern
from pilotage.ingest.zones import check_zone
from pilotage.model.names import DEAD_LETTER_INDEX, INDEX_HINT, INTERNAL_INDEX, METRICS_INDEX, WRITABLE_INDEX
from pilotage.model.problem import fail
from pilotage.model.rules import Extraction, Redaction
from pilotage.watch.reach import Reach

Scope = Literal["ingest", "read", "admin"]
SCOPES: tuple[Scope, ...] = ("ingest", "read", "admin")
MIB = 1 << 20
SCRAPE_SECONDS = 10
ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class TokenSetting:
    """One `[[tokens]]` entry. Without `scopes` a token of kind `api` has all three, one of kind `hec` or `sumo` only `ingest`.

    `multiline` says how text sent to the Sumo Logic source becomes messages; `regex` takes the pattern of first lines as `boundary`.
    `time_zone` is that of times which name none, such as `Europe/Berlin`; default UTC.
    """

    value: str
    name: str = ""
    scopes: tuple[Scope, ...] = ()
    kind: Literal["api", "hec", "sumo"] = "api"
    indexes: tuple[str, ...] = ()
    default_index: str | None = None
    ack: bool = False
    source: str | None = None
    sourcetype: str | None = None
    host: str | None = None
    multiline: Multiline = "line"
    boundary: str = ""
    time_zone: str = ""
    disabled: bool = False

    def granted(self) -> tuple[Scope, ...]:
        """The scopes of the entry, or those its kind has by default."""
        return self.scopes or (SCOPES if self.kind == "api" else ("ingest",))


@dataclass(frozen=True, slots=True)
class IndexSetting:
    """One `[index.NAME]` section; `retention` such as `30d`, counted from receipt time, None = for ever."""

    retention: str | None = None

    def retention_seconds(self) -> int | None:
        """Retention in seconds, or None when unlimited."""
        return None if self.retention is None else duration_seconds(self.retention)


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """`[limits]`: what one request, one query and the backlog may take."""

    request_bytes: int = 64 * MIB
    in_flight_bytes: int = 256 * MIB
    backlog_bytes: int = 4096 * MIB
    body_seconds: float = 30.0
    query_seconds: float = 300.0
    query_memory_bytes: int = 2048 * MIB
    query_rows_read: int = 0
    result_rows: int = 10_000_000
    searches: int = 4


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`[server]`: names the server answers to besides its own address, and web origins allowed to send to the ingest paths (CORS)."""

    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """`[search]`: `iplocation_database` is a file in MaxMind's format, where a relative path begins at the configuration's folder."""

    iplocation_database: str | None = None


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """`[notify]`: what channels may reach besides public addresses (networks, addresses, host names), and this server's own address.

    `url` is where people open the page, such as `https://pilotage.example`; without it notifications hold no links.
    """

    allow: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class ScrapeSetting:
    """One `[[scrape]]` entry: what to fetch how often. `files` are JSON lists of `{"targets": […], "labels": {…}}`, read again on change.

    Without `timeout` a scrape may take ten seconds, or the interval where that is shorter. A page larger than `body_bytes` decompressed or
    with more than `sample_limit` samples counts as a failed scrape.
    """

    job: str
    targets: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    interval: str = "15s"
    timeout: str | None = None
    path: str = "/metrics"
    scheme: Literal["http", "https"] = "http"
    params: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    honor_labels: bool = False
    honor_timestamps: bool = True
    index: str = METRICS_INDEX
    bearer_token: str | None = None
    bearer_token_file: str | None = None
    username: str | None = None
    password: str = ""
    tls_ca: str | None = None
    tls_insecure: bool = False
    body_bytes: int = 10 * MIB
    sample_limit: int = 50_000

    def check(self) -> str | None:
        """What is wrong with the entry, if anything. Raises PilotageError `bad-duration`."""
        if not self.job:
            return "job must not be empty"
        if not self.targets and not self.files:
            return "name targets or files"
        if self.timeout_seconds() > duration_seconds(self.interval):
            return f"timeout {self.timeout} is longer than interval {self.interval}"
        if not self.path.startswith("/"):
            return f"path `{self.path}` does not begin with `/`"
        if self.username is not None and (self.bearer_token or self.bearer_token_file):
            return "give a bearer token or a username, not both"
        if WRITABLE_INDEX.fullmatch(self.index) is None:
            return f"`{self.index}` is not an index name"
        bad = [each for each in self.targets if not ADDRESS.fullmatch(each)]
        if bad:
            return f"target `{bad[0]}` is not `host:port`"
        return "body_bytes and sample_limit must be above 0" if min(self.body_bytes, self.sample_limit) <= 0 else None

    def timeout_seconds(self) -> int:
        """What one scrape may take. Raises PilotageError `bad-duration`."""
        return min(SCRAPE_SECONDS, duration_seconds(self.interval)) if self.timeout is None else duration_seconds(self.timeout)


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """`[watch]`: where monitors learn: in threads, in `count` processes, or on Ray (a cluster's address, else one started here)."""

    workers: Literal["threads", "processes", "ray"] = "threads"
    count: int = 0
    ray_address: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the configuration file may say."""

    tokens: tuple[TokenSetting, ...] = ()
    index: dict[str, IndexSetting] = field(default_factory=dict)
    limits: LimitSettings = field(default_factory=LimitSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    redact: tuple[Redaction, ...] = ()
    extract: tuple[Extraction, ...] = ()
    scrape: tuple[ScrapeSetting, ...] = ()
    watch: WatchSettings = field(default_factory=WatchSettings)


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


def duration_seconds(text: str) -> int:
    """Seconds of `30d`, `12h`, `90m` …; raises PilotageError `bad-duration`."""
    found = re.fullmatch(r"(\d+)([smhdwy])", text.strip())
    if found is None or int(found[1]) == 0:
        raise fail("bad-duration", f"`{text}` is not a duration", hint="write a positive number and a unit, such as `12h`, `30d` or `1y`")
    return int(found[1]) * _UNITS[found[2]]


def read_settings(path: Path | None) -> Settings:
    """The settings of the file, or the defaults without one; raises PilotageError `bad-configuration`, `unreadable-configuration`."""
    if path is None:
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else f"it is not UTF-8 at byte {error.start}"
        raise fail("unreadable-configuration", f"cannot read the configuration file `{path}`: {reason}") from error
    settings = parse_settings(text, name=path.name)
    # Key files stand beside the configuration, wherever the server is started.
    rules = tuple(replace(r, key_file=str(path.absolute().parent / r.key_file)) if r.key_file else r for r in settings.redact)
    search = settings.search
    if search.iplocation_database is not None:
        search = replace(search, iplocation_database=str(path.absolute().parent / search.iplocation_database))
    return replace(settings, redact=rules, search=search)


def parse_settings(text: str, *, name: str = "configuration") -> Settings:
    """The settings in the TOML text; `name` is the file's name in messages."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise fail("bad-configuration", f"{name} is not TOML: {error}") from error
    _refuse_unknown(document, Settings, name, "")
    try:
        settings = msgspec.convert(document, Settings, strict=True)
    except msgspec.ValidationError as error:
        raise fail("bad-configuration", f"{name}: {_reworded(str(error))}") from error
    _check_values(settings, name)
    return settings


def _refuse_unknown(value: object, kind: object, name: str, place: str) -> None:
    """Walk the document beside the types; msgspec ignores a key that a dataclass does not have."""
    if get_origin(kind) is tuple and isinstance(value, list):
        for position, item in enumerate(value, 1):
            _refuse_unknown(item, get_args(kind)[0], name, f"{place}[{position}]")
    elif get_origin(kind) is dict and isinstance(value, dict):
        for key, item in value.items():
            _refuse_unknown(item, get_args(kind)[1], name, f"{place}.{key}")
    elif isinstance(kind, type) and is_dataclass(kind) and isinstance(value, dict):
        hints = get_type_hints(kind)
        known = [each.name for each in fields(kind)]
        for key, item in value.items():
            if key not in known:
                near = get_close_matches(key, known, n=1)
                where = f" in `{place.lstrip('.')}`" if place else ""
                hint = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(known)}"
                raise fail("bad-configuration", f"{name}: unknown key `{key}`{where}", hint=hint)
            _refuse_unknown(item, hints[key], name, f"{place}.{key}")
        for each in fields(kind):
            if each.default is MISSING and each.default_factory is MISSING and each.name not in value:
                raise fail("bad-configuration", f"{name}: `{place.lstrip('.')}` lacks the key `{each.name}`")


def _reworded(message: str) -> str:
    """A msgspec message "Expected `int`, got `str` - at `$.limits.x`" as `limits.x`: expected `int`, got `str`."""
    sentence, _, place = message.partition(" - at ")
    return f"{place.replace('$.', '')}: {sentence[:1].lower()}{sentence[1:]}" if place else sentence


def _check_values(settings: Settings, name: str) -> None:
    for each in fields(LimitSettings):
        value = getattr(settings.limits, each.name)
        if value < 0 or (value == 0 and each.name != "query_rows_read"):
            raise fail("bad-configuration", f"{name}: limits.{each.name} is {value}, must be above 0")
    seen: set[str] = set()
    for position, token in enumerate(settings.tokens, 1):
        if not token.value or not token.value.isprintable():
            raise fail("bad-configuration", f"{name}: tokens[{position}].value must be printable and not empty")
        if token.value in seen:
            raise fail("bad-configuration", f"{name}: tokens[{position}] has the value of an earlier token")
        if token.default_index and token.indexes and token.default_index not in token.indexes:
            raise fail("bad-configuration", f"{name}: tokens[{position}].default_index `{token.default_index}` is not one of its indexes")
        if (token.multiline == "regex") != bool(token.boundary):
            raise fail("bad-configuration", f'{name}: tokens[{position}] needs `boundary` with `multiline = "regex"`, and only then')
        boundary_pattern(token.boundary)
        if token.time_zone:
            check_zone(token.time_zone)
        seen.add(token.value)
    Reach(settings.notify.allow).check()
    if settings.notify.url and not settings.notify.url.startswith(("http://", "https://")):
        raise fail("bad-configuration", f"{name}: notify.url must begin with http:// or https://")
    for index, setting in settings.index.items():
        if not valid_index(index):
            raise fail("bad-configuration", f"{name}: `{index}` is not an index name", hint=INDEX_HINT)
        setting.retention_seconds()
    for position, scrape in enumerate(settings.scrape, 1):
        if wrong := scrape.check():
            raise fail("bad-configuration", f"{name}: scrape[{position}]: {wrong}")


def valid_index(name: str) -> bool:
    """Whether the text names an index that may hold something: what clients may write to, and the server's own two."""
    return WRITABLE_INDEX.fullmatch(name) is not None or name in (INTERNAL_INDEX, DEAD_LETTER_INDEX)
