"""Collects the `.test` scripts beside the Python tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("pilotage_test_script", Path(__file__).with_name("script.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
script = sys.modules.setdefault(_SPEC.name, importlib.util.module_from_spec(_SPEC))
_SPEC.loader.exec_module(script)


def pytest_collect_file(parent, file_path):
    """A `.test` file is one item."""
    return script.ScriptFile.from_parent(parent, path=file_path) if file_path.suffix == ".test" else None
