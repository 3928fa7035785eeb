"""The life of a server process: lock, settings, store, ports, until a signal; then everything back, within five seconds."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import dataclasses
import functools
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
import uvloop

from pilotage.api.access import Access
from pilotage.api.app import App
from pilotage.api.connection import Connection
from pilotage.api.guard import Guard
from pilotage.api.intake import Intake, open_intake
from pilotage.api.journal import write_journal
from pilotage.api.lock import DataLock
from pilotage.api.searches import Searches
from pilotage.api.services import Services
from pilotage.api.settings import Settings, read_settings
from pilotage.api.slos import SloKeeper
from pilotage.api.upkeep import Upkeep
from pilotage.api.watching import Watching
from pilotage.model.problem import fail
from pilotage.schedule.clock import open_clock
from pilotage.state.open import State, open_state

if TYPE_CHECKING:
    from pilotage.api.scraping.scraper import Scraper
    from pilotage.api.telemetry import Telemetry
    from pilotage.engine.run import Engine
    from pilotage.store.open import Store
    from pilotage.watch.delivery import Courier

STOP_SECONDS = 4.5
DRAIN_SECONDS = 1.5
KEEP_ALIVE_SECONDS = 75
TELEMETRY_DELAY_SECONDS = 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """The flags of `pilotage serve`."""

    data: Path
    store: str | None = None
    state: str | None = None
    host: str = "127.0.0.1"
    port: int = 4318
    grpc_port: int = 4317
    config: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    speed: float = 1.0

    def absolute(self) -> Options:
        """The same options with paths that outlive a change of the working directory."""
        cert, key = self.tls_cert and self.tls_cert.absolute(), self.tls_key and self.tls_key.absolute()
        config = self.config and self.config.absolute()
        return dataclasses.replace(self, data=self.data.absolute(), config=config, tls_cert=cert, tls_key=key)

    @property
    def tls(self) -> tuple[Path, Path] | None:
        """Certificate and key, or None for plain text. Raises PilotageError `tls-incomplete`, `tls-unreadable`."""
        if self.tls_cert is None and self.tls_key is None:
            return None
        if self.tls_cert is None or self.tls_key is None:
            raise fail("tls-incomplete", "TLS needs both `--tls-cert` and `--tls-key`")
        for path in (self.tls_cert, self.tls_key):
            if not os.access(path, os.R_OK):
                raise fail("tls-unreadable", f"cannot read `{path}`")
        return self.tls_cert, self.tls_key


def serve(options: Options) -> None:
    """Run a server until SIGTERM or SIGINT. Raises PilotageError when it cannot start."""
    write_journal()
    options = options.absolute()
    settings = read_settings(options.config)
    lock = DataLock(options.data)
    lock.take()
    # The engine keeps compiled wire schemas in the working directory and offers no setting for another place.
    os.chdir(options.data)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_Server(options, settings).run())
    finally:
        lock.release()


class _Http(uvicorn.Server):
    """uvicorn without its own idea of signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Server:
    def __init__(self, options: Options, settings: Settings) -> None:
        self._options = options
        self._settings = settings
        self._stopping = asyncio.Event()
        self._telemetry: Telemetry | None = None

    async def run(self) -> None:
        """Start in order of need, wait, stop in the reverse order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled)
        async with contextlib.AsyncExitStack() as stack:
            services = await self._open(stack)
            http, port = await self._listen(services)
            from pilotage.api.grpc import start_grpc  # noqa: PLC0415 - after the HTTP port answers

            grpc, grpc_port = await start_grpc(
                services.receiver, self._settings, f"{_bracketed(self._options.host)}:{self._options.grpc_port}", self._options.tls
            )
            upkeep = Upkeep(services)
            upkeep.start()
            if self._settings.scrape:
                services.scraper = _scraper(services)
                services.scraper.start()
            scheme = "https" if self._options.tls else "http"
            url = f"{scheme}://{_bracketed(self._options.host)}:{port}"
            log.info("server started", extra={"url": url, "grpc_port": grpc_port, "data": str(self._options.data)})
            watch = asyncio.create_task(self._observe(services))
            watch.add_done_callback(_tell)
            await self._stopping.wait()
            log.info("server stopping")
            # Acknowledged data are on disk already; if an insert or a thread hangs, leaving is safe and the next start loads the rest.
            # A thread, as the loop does not run any more while the interpreter waits for the threads of its pools.
            overdue = threading.Timer(STOP_SECONDS, os._exit, (0,))
            overdue.daemon = True
            overdue.start()
            atexit.register(overdue.cancel)
            services.stopping.set()
            watch.cancel()
            await upkeep.stop()
            await asyncio.to_thread(services.watching.stop)
            if services.slos is not None:
                await asyncio.to_thread(services.slos.stop)
            if services.courier is not None:
                await asyncio.to_thread(services.courier.stop)
            if services.scraper is not None:
                await services.scraper.stop()
            services.searches.close()
            http.server.should_exit = True
            await asyncio.gather(http.task, grpc.stop(DRAIN_SECONDS))
            if self._telemetry is not None:
                await asyncio.to_thread(self._telemetry.close)
        log.info("server stopped")

    def _signalled(self) -> None:
        if self._stopping.is_set():
            os._exit(1)
        self._stopping.set()

    async def _open(self, stack: contextlib.AsyncExitStack) -> Services:
        options, settings = self._options, self._settings
        _ = options.tls
        state = open_state(options.data, options.state)
        stack.callback(state.close)
        access = Access(settings, state, bind=options.host)
        await asyncio.to_thread(access.reload)
        access.check_bind(options.host)
        from pilotage.store.open import open_store  # noqa: PLC0415 - a refusal above must not wait for the engine

        store = await asyncio.to_thread(open_store, options.store or options.data / "store")
        stack.callback(store.close)
        intake: Intake = open_intake(options.data, store, settings, access)
        stack.push_async_callback(asyncio.to_thread, intake.close)
        clock = open_clock(options.data, options.speed)
        engine = functools.cache(lambda: _engine(store, state, settings))
        return Services(
            data=options.data,
            settings=settings,
            state=state,
            access=access,
            searches=Searches(settings.limits.searches),
            store=store,
            receiver=intake.receiver,
            intake=intake,
            pipelines=intake.pipelines,
            engine=engine,
            clock=clock,
            watching=Watching(engine, state, clock, settings),
            slos=SloKeeper(engine, state, clock, settings.limits),
            stopping=asyncio.Event(),
        )

    async def _listen(self, services: Services) -> tuple[_Listening, int]:
        options = self._options
        try:
            family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
            listener = socket.create_server((options.host, options.port), family=family, backlog=2048)
        except OSError as error:
            # asyncio and `create_server` append the address to the system's text, which the sentence names already.
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
            sentence = f"cannot listen on {options.host} port {options.port}: {reason}"
            raise fail("port-taken", sentence, hint="choose another port with `--port`") from error
        app = App(services, Guard(options.host, self._settings.server))
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(DRAIN_SECONDS) + 1,
            ssl_certfile=str(options.tls_cert) if options.tls_cert else None,
            ssl_keyfile=str(options.tls_key) if options.tls_key else None,
        )
        server = _Http(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn offers a flag only
            await asyncio.sleep(0.002)
        if task.done():
            task.result()
        return _Listening(server, task), listener.getsockname()[1]

    async def _observe(self, services: Services) -> None:
        """Own telemetry and monitors begin when the server already answers."""
        await asyncio.sleep(TELEMETRY_DELAY_SECONDS)
        loop = asyncio.get_running_loop()

        def begin() -> Telemetry:
            from pilotage.api.telemetry import Telemetry  # noqa: PLC0415 - the SDK, 0.2 CPU-seconds

            return Telemetry(services, lambda path, body: _deliver(loop, services, path, body))

        self._telemetry = await asyncio.to_thread(begin)
        log.info("telemetry started")
        await asyncio.to_thread(services.watching.resume)
        services.courier = await asyncio.to_thread(_courier, services)
        if services.slos is not None:
            await asyncio.to_thread(services.slos.resume)


@dataclass(frozen=True, slots=True)
class _Listening:
    server: _Http
    task: asyncio.Task[None]


def _tell(task: asyncio.Task[None]) -> None:
    """What a background task failed with; the server goes on without it."""
    if not task.cancelled() and task.exception() is not None:
        log.error("background task failed", exc_info=task.exception())


def _engine(store: Store, state: State, settings: Settings) -> Engine:
    from pilotage.engine.library import StateLibrary  # noqa: PLC0415 - the languages: 0.6 CPU-seconds and 35 MiB, with the first search
    from pilotage.engine.places import AddressFile  # noqa: PLC0415
    from pilotage.engine.run import Engine  # noqa: PLC0415

    library = StateLibrary(state)
    database = settings.search.iplocation_database
    return Engine(store, library.knowledge, library, AddressFile(Path(database)) if database else None)


def _courier(services: Services) -> Courier:
    from pilotage.watch.delivery import Courier, Surroundings  # noqa: PLC0415 - when the server already answers
    from pilotage.watch.reach import Reach  # noqa: PLC0415

    notify = services.settings.notify
    courier = Courier(services.state, Surroundings(services.clock, Reach(notify.allow), notify.url.rstrip("/")))
    courier.start()
    return courier


def _scraper(services: Services) -> Scraper:
    from pilotage.api.scraping.scraper import Scraper  # noqa: PLC0415 - with its parsers, for those who scrape

    return Scraper(services.receiver, services.settings.scrape)


def _deliver(loop: asyncio.AbstractEventLoop, services: Services, path: str, body: bytes) -> bool:
    """Called in a thread of the SDK."""
    return asyncio.run_coroutine_threadsafe(services.receiver.own(path, body), loop).result(timeout=10.0)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
