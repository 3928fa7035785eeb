"""The spool's promises: what was acknowledged is there after a crash, what was not never tears a segment, a full disk takes nothing."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.ingest import spool as spool_module
from pilotage.ingest.request import Accepted, Reply, envelope
from pilotage.ingest.retries import WINDOW_SECONDS, Retries
from pilotage.ingest.spool import Segment, Spool, items_of
from pilotage.ingest.varint import read_varint, varint
from pilotage.model.problem import PilotageError


def parts(body: bytes, items: int = 1, digest: bytes = b"") -> tuple[bytes, bytes]:
    return envelope(Accepted("s", body, items, Reply(200), index="main"), time.time_ns(), digest)


def append(spool: Spool, body: bytes, items: int = 1, digest: bytes = b"") -> Future[None]:
    head, rest = parts(body, items, digest)
    return spool.append("s", head, rest, items)


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_varint_reads_back(number: int) -> None:
    assert read_varint(varint(number) + b"rest", 0) == (number, len(varint(number)))


@settings(max_examples=30, deadline=None)
@given(bodies=st.lists(st.binary(max_size=300), min_size=1, max_size=8), cut=st.integers(min_value=0, max_value=400))
def test_a_torn_tail_is_cut_to_the_last_whole_envelope(tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes], cut: int) -> None:
    folder = tmp_path_factory.mktemp("spool")
    records = [b"".join(parts(b, items=2)) for b in bodies]
    whole = b"".join(records)
    (folder / "s").mkdir()
    path = folder / "s" / "00000000000000000001-aaaaaaaa.seg"
    path.write_bytes(whole[: max(0, len(whole) - cut)])
    survivors, size = 0, 0
    for record in records:
        if size + len(record) > len(whole) - cut:
            break
        size += len(record)
        survivors += 1
    spool = Spool(folder)
    segments = spool.segments()
    spool.close()
    assert [(s.size, s.items) for s in segments] == ([(size, 2 * survivors)] if survivors else [])
    assert path.exists() == bool(survivors)


def test_acknowledged_is_on_disk_and_found_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(20):
        append(spool, b"x" * number, items=number).result(timeout=10)
    stored = sum(p.stat().st_size for p in tmp_path.glob("s/*.seg"))
    assert spool.backlog == stored > 0
    # As after kill -9: nobody closed the first spool.
    again = Spool(tmp_path)
    assert [s.size for s in again.segments()] == [stored]
    messages = [m for s in again.segments() for _, m in s.messages()]
    assert [items_of(m) for m in messages] == list(range(20))
    again.close()
    spool.close()


def test_take_waits_for_age_then_hands_out_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "FRESH_SECONDS", 60.0)
    spool = Spool(tmp_path)
    append(spool, b"first").result(timeout=10)
    assert spool.take("s") is None
    spool.flush()
    append(spool, b"second").result(timeout=10)
    spool.flush()
    first = spool.take("s")
    assert first is not None
    assert spool.take("s") is first
    spool.remove(first)
    second = spool.take("s")
    assert second is not None
    assert first.token != second.token
    spool.remove(second)
    assert spool.backlog == 0
    assert not list(tmp_path.glob("s/*.seg"))
    spool.close()


def test_a_full_disk_takes_nothing_and_recovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path)
    append(spool, b"before").result(timeout=10)
    size = spool.backlog
    real = os.fdatasync

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", full)
    with pytest.raises(PilotageError, match="disk-full"):
        append(spool, b"during").result(timeout=10)
    assert spool.backlog == size
    monkeypatch.setattr(os, "fdatasync", real)
    append(spool, b"after").result(timeout=10)
    bodies = [m.rsplit(b"\x7a", 1)[1][1:] for s in spool.segments() for _, m in s.messages()]
    assert bodies == [b"before", b"after"]
    spool.close()


def test_a_large_segment_is_closed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 1000)
    spool = Spool(tmp_path)
    append(spool, b"x" * 2000).result(timeout=10)
    assert spool.take("s") is not None
    spool.close()


def test_a_repeated_request_is_recognised_also_after_a_restart(tmp_path: Path) -> None:
    spool, retries = Spool(tmp_path / "spool"), Retries(tmp_path / "recent", [])
    digest = retries.digest("s", "main", b"body")
    assert retries.seen(digest) is False
    done = append(spool, b"body", digest=digest)
    retries.note(digest, done)
    done.result(timeout=10)
    assert retries.seen(digest) is True
    assert retries.seen(retries.digest("s", "other", b"body")) is False
    # Crash before loading: the digest comes from the segment. Crash after: from the log.
    spool.flush()
    (segment,) = spool.segments()
    assert Retries(tmp_path / "recent", [segment]).seen(digest) is True
    retries.remember(segment)
    spool.remove(segment)
    assert Retries(tmp_path / "recent", []).seen(digest) is True
    spool.close()


def test_a_request_that_could_not_be_written_is_not_remembered(tmp_path: Path) -> None:
    retries = Retries(tmp_path, [])
    digest, failed = retries.digest("s", "main", b"body"), Future[None]()
    retries.note(digest, failed)
    assert retries.seen(digest) is failed
    failed.set_exception(OSError("disk"))
    assert retries.seen(digest) is False


def test_requests_older_than_the_window_are_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    retries = Retries(tmp_path, [])
    digest, done = retries.digest("s", "main", b"body"), Future[None]()
    retries.note(digest, done)
    done.set_result(None)
    later = time.time() + WINDOW_SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert retries.seen(digest) is False


def test_requests_with_a_key_are_remembered_for_a_week_and_by_their_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    spool, retries = Spool(tmp_path / "spool"), Retries(tmp_path / "recent", [])
    named, plain = retries.digest("s", "main", b"body", "batch 1"), retries.digest("s", "main", b"body")
    for digest in (named, plain):
        append(spool, b"body", digest=digest).result(timeout=10)
    spool.flush()
    for segment in spool.segments():
        retries.remember(segment)
        spool.remove(segment)
    assert retries.digest("s", "main", b"body", "batch 2") not in (named, plain)
    for later, seen in ((1, [True, True]), (3600, [True, False]), (6.9 * 86_400, [True, False]), (9 * 86_400, [False, False])):
        monkeypatch.setattr(time, "time", lambda moment=now + later: moment)
        assert [Retries(tmp_path / "recent", []).seen(digest) for digest in (named, plain)] == seen, later
    spool.close()


def test_segment_token_names_stream_and_file() -> None:
    assert Segment("s", Path("spool/s/1-a.seg")).token == "s/1-a"


def test_a_sender_that_gives_up_waiting_stops_nobody_else(tmp_path: Path) -> None:
    """A cancelled gRPC call cancels the task that awaits the future; the writing thread must live and the data be written."""

    async def give_up() -> None:
        waiting = [asyncio.ensure_future(asyncio.wrap_future(append(spool, b"one"))) for _ in range(20)]
        await asyncio.sleep(0)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    spool = Spool(tmp_path)
    asyncio.run(give_up())
    append(spool, b"two").result(10)
    assert sum(segment.items for segment in spool.segments()) == 21
    spool.close()
