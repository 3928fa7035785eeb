"""The import contracts of pyproject.toml hold, and cover what they should."""

from __future__ import annotations

import subprocess
import sys
import tomllib

from .tree import ROOT


def test_import_contracts_are_kept() -> None:
    code = "import sys; from importlinter.cli import lint_imports_command as c; sys.argv = ['lint-imports', '--no-cache']; c()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_driver_contracts_name_every_layer() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    layers = next(c for c in contracts if c["name"] == "Layers")["layers"]
    packages = {f"pilotage.{part.strip()}" for layer in layers for part in layer.split("|")}
    for owner, name in (("store", "Only store speaks to a database engine"), ("state", "Only state speaks to SQLAlchemy")):
        contract = next(c for c in contracts if c["name"] == name)
        assert set(contract["source_modules"]) == packages - {f"pilotage.{owner}"}
