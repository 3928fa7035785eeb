"""The files of this repository as git sees them, for the tests of its shape."""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every tracked file that exists, as absolute paths."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def sources() -> tuple[Path, ...]:
    """Tracked Python files, `dev` included."""
    return tuple(path for path in tracked() if path.suffix == ".py" or path == ROOT / "dev")


@cache
def settings() -> dict[str, dict[str, str]]:
    """`[tool.pilotage]` of pyproject.toml: the waivers, each with its reason."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        tool: dict[str, dict[str, str]] = tomllib.load(file)["tool"].get("pilotage", {})
    return tool


def relative(path: Path) -> str:
    """Path from the root, with forward slashes."""
    return path.relative_to(ROOT).as_posix()
