"""Folders are nouns of the domain, and ARCHITECTURE.md names every top folder and nothing that is absent."""

from __future__ import annotations

import re

from .tree import ROOT, relative, tracked

BANNED = {"utils", "util", "common", "misc", "manager", "managers", "base", "impl", "helpers", "helper", "core", "shared", "lib"}


def test_no_banned_module_names() -> None:
    found = []
    for path in tracked():
        parts = relative(path).removesuffix(".py").split("/")
        if path.suffix == ".py" and BANNED & set(parts):
            found.append(relative(path))
    assert not found


def test_every_package_folder_is_named_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    packages = {relative(p).split("/")[2] for p in tracked() if re.match(r"src/pilotage/[a-z_]+/", relative(p))}
    assert packages, "the package has folders"
    missing = sorted(name for name in packages if not re.search(rf"^\s+{name}/\s", text, re.MULTILINE))
    assert not missing


def test_every_top_folder_and_file_is_named_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    tops = {relative(p).split("/")[0] + "/" for p in tracked() if "/" in relative(p)}
    missing = sorted(top for top in tops if f"{top}" not in text)
    assert not missing


def test_nothing_named_in_the_architecture_is_absent() -> None:
    tree = (ROOT / "ARCHITECTURE.md").read_text().split("```")
    block = next(part for part in tree if "src/pilotage/" in part and "model/" in part)
    named = re.findall(r"^  ([a-z_]+)(?:/|\.py)\s", block, re.MULTILINE)
    assert len(named) > 5
    absent = [n for n in named if not (ROOT / "src/pilotage" / n).is_dir() and not (ROOT / f"src/pilotage/{n}.py").is_file()]
    tops = re.findall(r"^([a-z]+)/\s", block, re.MULTILINE)
    absent += [n for n in tops if not (ROOT / n).is_dir()]
    assert not absent
