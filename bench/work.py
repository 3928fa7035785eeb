"""What the measurements of one run share: folders, tools, results so far."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Work:
    """`root` is a scratch folder on a disk, removed at the end; `tools` the folder of the load tools,
    `fleet` FleetBench's, `nab` NAB's data."""

    root: Path
    tools: Path
    quick: bool
    rows: int
    fleet: Path
    nab: Path
    peak: dict[tuple[str, str], float] = field(default_factory=dict)
    dataset: Path | None = None

    def folder(self, name: str) -> Path:
        """A new folder for a server."""
        path = self.root / name
        number = 1
        while path.exists():
            number += 1
            path = self.root / f"{name}-{number}"
        path.mkdir(parents=True)
        return path

    def keep(self, result: dict[str, object]) -> None:
        """Append a tool's whole answer to the raw results."""
        with (self.root / "raw.jsonl").open("a") as file:
            file.write(json.dumps(result) + "\n")
