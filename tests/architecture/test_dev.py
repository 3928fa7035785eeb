"""`./dev` needs nothing but the standard library, and the lock files are as new as the dependencies."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType

import pytest

from .tree import ROOT


@pytest.fixture
def dev() -> ModuleType:
    """The script as a module."""
    loader = SourceFileLoader("dev_script", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader("dev_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_runs_without_any_package() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", ROOT / "dev", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("setup", "run", "test", "check", "bench", "fmt", "docs"):
        assert command in done.stdout


def test_locks_are_fresh(dev: ModuleType) -> None:
    assert dev.locks_fresh()


def test_a_changed_dependency_makes_a_lock_stale(dev: ModuleType, tmp_path, monkeypatch, capsys) -> None:
    for name in (*dev.LOCKS, "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    project = tmp_path / "pyproject.toml"
    project.write_text(project.read_text().replace('"sqlglot>=', '"sqlglot>0,>='))
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    assert not dev.locks_fresh()
    assert "requirements.lock is older" in capsys.readouterr().err


def test_installs_once(dev: ModuleType, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp.json")
    mark = tmp_path / "mark"
    command = (sys.executable, "-c", f"open({str(mark)!r}, 'a').write('x')")
    for wanted in ("1", "1", "2"):
        dev.once("thing", wanted, command)
    assert mark.read_text() == "xx"
    assert json.loads((tmp_path / "stamp.json").read_text()) == {"thing": "2"}


def test_a_failed_install_is_not_stamped(dev: ModuleType, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp.json")
    with pytest.raises(SystemExit) as failure:
        dev.once("thing", "1", (sys.executable, "-c", "raise SystemExit(3)"))
    assert failure.value.code == 3
    assert dev.stamp() == {}


@pytest.mark.parametrize(
    ("machine", "wanted"),
    [
        (({"chromium", "apt-get", "sudo"}, 0), []),
        (({"apt-get"}, 0), ["apt-get"]),
        (({"apt-get", "sudo"}, 1000), ["sudo"]),
        (({"apt-get"}, 1000), []),
        ((set(), 0), []),
    ],
)
def test_chromium_is_installed_where_it_can_be(dev: ModuleType, monkeypatch, capsys, machine, wanted) -> None:
    called, (present, user) = [], machine
    monkeypatch.setattr(dev.shutil, "which", lambda name: name if name in present else None)
    monkeypatch.setattr(dev.os, "geteuid", lambda: user)
    monkeypatch.setattr(dev, "call", lambda *command, **_: called.append(command) or 0)
    dev.setup_browser()
    assert {command[0] for command in called} == set(wanted)
    assert all("chromium" in called[-1] for _ in called)
    assert ("will be skipped" in capsys.readouterr().err) is ("chromium" not in present)
