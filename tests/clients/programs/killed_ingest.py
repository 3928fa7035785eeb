"""`pilotage ingest` that kills itself, as `kill -9` does, after its n-th batch is acknowledged and before it has noted that."""

from __future__ import annotations

import os
import signal
import sys

from pilotage.cli import main
from pilotage.cli.checkpoint import Checkpoint

left = [int(sys.argv.pop(1))]
batch_bytes = int(sys.argv.pop(1))
keep = Checkpoint.keep


def keep_or_die(self: Checkpoint, lines: int, run: str) -> None:
    if lines:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    keep(self, lines, run)


Checkpoint.keep = keep_or_die
import pilotage.cli.files  # noqa: E402 - after the patch above

pilotage.cli.files.BATCH_BYTES = batch_bytes
main()
