"""A whole pipeline over a real store in a temporary directory: bytes in, reply and rows out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pilotage.ingest.dead_letters import DeadLetters
from pilotage.ingest.load import Loader, Parts
from pilotage.ingest.paths import ANY, Paths
from pilotage.ingest.receive import Limits, Receiver
from pilotage.ingest.request import Grant, Reply, Request
from pilotage.ingest.retries import Retries
from pilotage.ingest.spool import Spool
from pilotage.ingest.statistics import Statistics
from pilotage.model.problem import fail
from pilotage.store.open import Store, open_store

Row = dict[str, object]


@dataclass
class Pipeline:
    """Receiver, spool and loader by hand. `tokens` are the grants; without any, every token is one of an open server."""

    store: Store
    folder: Path
    tokens: dict[str, Grant | str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Start, or start again over what an earlier run left."""
        self.spool = Spool(self.folder / "spool")
        self.retries = Retries(self.folder / "retries", self.spool.segments())
        self.statistics = Statistics()
        self.receiver = Receiver(self.spool, self.retries, self.statistics, self.authorize, self.limits)
        self.paths = Paths(self.receiver.routes())
        letters = DeadLetters(self.store.backend)
        self.loader = Loader(Parts(self.store.backend, self.spool, self.receiver.streams, self.retries, letters, self.statistics))

    def authorize(self, token: str | None, scope: str) -> Grant:
        """As the server does it."""
        if not self.tokens:
            return Grant(acknowledge=True)
        if not token:
            raise fail("token-required", "no token")
        found = self.tokens.get(token, "token-invalid")
        if isinstance(found, str):
            raise fail(found, "no good token")
        if scope not in found.scopes:
            raise fail("scope-missing", "no such scope")
        return found

    def send(
        self,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Reply:
        """One request, answered."""
        routes = self.paths.find(path)
        assert routes is not None, path
        route = routes.get(method) or routes[ANY]
        request = Request(method, path, {"authorization": "Splunk t"} if headers is None else headers, query or {}, body, "192.0.2.7")
        return asyncio.run(self.receiver.handle(route, request))

    def load(self) -> None:
        """Everything acknowledged becomes rows."""
        self.spool.flush()
        for segment in self.spool.segments():
            self.loader.load(segment)

    def rows(self, sql: str = "SELECT * FROM pilotage.logs ORDER BY time, body") -> list[Row]:
        """Rows by column name; attributes as one dictionary of (letter, text)."""
        names = [str(column[0]) for column in self.store.backend.rows(f"DESCRIBE ({sql})")]
        found = [dict(zip(names, row, strict=True)) for row in self.store.backend.rows(sql)]
        return [row | {"attributes": attributes(row)} if "attribute_keys" in row else row for row in found]

    def take(self, sql: str = "SELECT * FROM pilotage.logs ORDER BY time, body") -> list[Row]:
        """Load, read, and leave what was read empty."""
        self.load()
        found = self.rows(sql)
        for table in ("logs", "points", "spans"):
            if f"pilotage.{table}" in sql:
                self.store.backend.execute(f"TRUNCATE TABLE pilotage.{table}")
        return found

    def close(self) -> None:
        """Stop the spool's thread."""
        self.spool.close()


def attributes(row: Row) -> dict[str, tuple[str, str]]:
    """The three columns of attributes as name → (letter, text)."""
    names = str(row["attribute_keys"]).split("\x1f")[1:-1]
    texts = row["attributes"]
    assert isinstance(texts, list)
    return {n: (letter, t) for n, letter, t in zip(names, str(row["attribute_types"]), texts, strict=True)}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One open store a module: opening takes most of a second."""
    opened = open_store(tmp_path_factory.mktemp("ingest") / "store")
    yield opened
    opened.close()


@pytest.fixture
def start(stored: Store, tmp_path: Path) -> Iterator[Callable[..., Pipeline]]:
    """Makes pipelines over the module's store, whose tables are emptied after each test."""
    made: list[Pipeline] = []

    def make(**options: object) -> Pipeline:
        made.append(Pipeline(stored, tmp_path / f"pipeline{len(made)}", **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.close()
    for table in ("logs", "points", "spans"):
        stored.backend.execute(f"TRUNCATE TABLE pilotage.{table}")


@pytest.fixture
def pipeline(start: Callable[..., Pipeline]) -> Pipeline:
    """An open server's pipeline."""
    return start()
