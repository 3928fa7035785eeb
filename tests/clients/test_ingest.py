"""`pilotage ingest` against a live server: killed at the worst moments, compressed inputs, bad lines, messages of several lines."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from . import live

pytestmark = [pytest.mark.clients, pytest.mark.timeout(240)]
PROGRAM = Path(__file__).parent / "programs" / "killed_ingest.py"
LINES = 300


def text() -> bytes:
    """Lines with a time each; every tenth goes on over a second line, one is not UTF-8."""
    lines = [f"2026-11-20 04:{n // 60:02d}:{n % 60:02d},{n:03d} line {n}\n" + ("  and more\n" if n % 10 == 0 else "") for n in range(LINES)]
    return "".join(lines).encode() + b"2026-11-20 05:00:00 bad \xff\n"


def ingest(server: live.Server, state: Path, path: Path, index: str, *, batches: int) -> subprocess.CompletedProcess[str]:
    environment = {**live.environment(), "XDG_STATE_HOME": str(state)}
    command = [sys.executable, PROGRAM, str(batches), "1000", "ingest", "--url", server.url, "--index", index, "--multiline", "auto", path]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_a_run_killed_again_and_again_loses_and_doubles_nothing(server: live.Server, tmp_path: Path, suffix: str) -> None:
    index = f"killed{suffix.replace('.', '-')}"
    path = tmp_path / f"app.log{suffix}"
    packed = {"": bytes, ".gz": gzip.compress, ".zst": lambda b: bytes(pa.compress(b, codec="zstd", asbytes=True))}[suffix](text())
    path.write_bytes(packed)
    codes = []
    while not codes or codes[-1] == -9:
        done = ingest(server, tmp_path, path, index, batches=4)
        codes.append(done.returncode)
        assert len(codes) < 20, "each run gets further"
    assert codes[-1] == 1, done.stderr
    assert len(codes) > 2, "it was killed more than once"
    assert f"app.log{suffix}:331: not UTF-8" in done.stderr
    server.wait_for(f"index={index}", LINES)
    server.wait_for(f"index=_dead_letter dead_letter.index={index}", 1)
    rows = server.search(f"index={index} | sort _time | table _time _raw")
    assert [str(r["_raw"]).splitlines()[0].split()[-1] for r in rows] == [str(n) for n in range(LINES)]
    assert [str(r["_raw"]).endswith("\n  and more") for r in rows] == [n % 10 == 0 for n in range(LINES)]
    assert str(rows[7]["_time"]) == "1795147207.007"
    assert server.count(f"index=_dead_letter dead_letter.index={index}") == 1
