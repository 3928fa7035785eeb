"""Collects the `.test` scripts beside the Python tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def _loaded(name):
    """A module beside this file, under a name that no test module has."""
    spec = importlib.util.spec_from_file_location(f"pilotage_test_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault(spec.name, importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


library = _loaded("library")
script = _loaded("script")


def pytest_collect_file(parent, file_path):
    """A `.test` file is one item."""
    return script.ScriptFile.from_parent(parent, path=file_path) if file_path.suffix == ".test" else None
