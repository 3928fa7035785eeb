"""What no tracked file may hold: registry hosts, paths of one machine, values pasted into SQL, unreasoned lint exceptions."""

from __future__ import annotations

import ast
import re

import pytest

from .tree import ROOT, relative, settings, sources, tracked

# Written in pieces so that this file does not hold what it looks for.
HOSTS = ["pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org", "crates" + ".io", "proxy." + "golang.org"]
PATHS = ["/" + "work/", "/" + "tmp/", "/" + "root/", "/" + "home/", "/" + "Users/"]
SQL_START = re.compile(r"\s*(SELECT|INSERT|ALTER|CREATE|DELETE|DROP|TRUNCATE|SYSTEM|KILL|OPTIMIZE|WITH|UPDATE)\b")


def forbidden(text: str) -> list[str]:
    """Hosts and machine paths in a text."""
    return [word for word in HOSTS + PATHS if re.search(rf"(?<![\w.]){re.escape(word)}", text)]


def pasted(text: str) -> list[int]:
    """Lines of f-strings that start like SQL and put a value between quotes, where a parameter belongs."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.JoinedStr):
            continue
        first = node.values[0]
        if not (isinstance(first, ast.Constant) and SQL_START.match(str(first.value))):
            continue
        for before, value in zip(node.values, node.values[1:], strict=False):
            quoted = isinstance(before, ast.Constant) and str(before.value).endswith("'")
            if quoted and isinstance(value, ast.FormattedValue):
                found.append(node.lineno)
    return found


def test_no_registry_host_and_no_machine_path() -> None:
    found = []
    for path in tracked():
        try:
            words = forbidden(path.read_text())
        except UnicodeDecodeError:
            continue
        found += [f"{relative(path)}: {word}" for word in words]
    assert not found, "\n".join(found)


def test_lock_files_name_no_address() -> None:
    locks = sorted(ROOT.glob("requirements*.lock"))
    assert len(locks) == 3
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text, lock.name
        pinned = re.findall(r"^[a-z0-9.-]+==.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)+", text, re.MULTILINE)
        assert len(pinned) == len(re.findall(r"^[a-z0-9.-]+==", text, re.MULTILINE)) > 0, f"{lock.name}: a package has no hash"
    node = (ROOT / "tests/clients/package-lock.json").read_text()
    assert '"resolved"' not in node


def test_no_value_is_pasted_into_sql() -> None:
    waived = settings().get("pasting-waivers", {})
    found = {relative(p): pasted(p.read_text()) for p in sources() if relative(p).startswith("src/")}
    found = {name: lines for name, lines in found.items() if lines}
    assert found.keys() == waived.keys(), (
        f"values between quotes in SQL text: { {n: x for n, x in found.items() if n not in waived} }; waived: {waived}"
    )
    assert all(len(reason) > 20 for reason in waived.values())


# These explain themselves: an import put off until it is needed, an argument or name that a protocol or wire format prescribes.
SELF_EXPLANATORY = {"PLC0415", "ARG001", "ARG002", "D102", "N802", "N803", "N815", "RUF012"}


def unreasoned(line: str) -> bool:
    """Whether a line makes a lint exception and does not say why, or a type exception without naming which (mypy refuses unused ones)."""
    found = re.search(r"#\s*(?:noqa:\s*(?P<codes>[A-Z0-9, ]+)|noqa|type:\s*ignore(?!\[))(?P<rest>.*)", line)
    if found is None:
        return False
    codes = {c.strip() for c in (found["codes"] or "").split(",")}
    return not re.search(r"[a-z]{3}", found["rest"]) and not codes <= SELF_EXPLANATORY


def test_every_lint_exception_has_a_reason() -> None:
    found = [
        f"{relative(path)}:{number}"
        for path in sources()
        if relative(path).startswith(("src/", "dev"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if unreasoned(line)
    ]
    assert not found, "write `# noqa: CODE - reason`:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("x  # noqa: S301 - our own bytes", False),
        ("x  # noqa: S301", True),
        ("x  # noqa: PLC0415", False),
        ("x  # noqa: PLC0415, S301", True),
        ("x  # type: ignore", True),
        ("x  # type: ignore[misc]", False),
        ("x  # not one", False),
    ],
)
def test_unreasoned_is_seen(line: str, wrong: bool) -> None:
    assert unreasoned(line) is wrong


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("f\"SELECT * FROM t WHERE a = '{user}'\"", 1),
        ('f"SELECT {COLUMNS} FROM t"', 0),
        ("f\"say '{word}'\"", 0),
    ],
)
def test_pasting_is_seen(text: str, count: int) -> None:
    assert len(pasted(text)) == count


def test_hosts_and_paths_are_seen() -> None:
    assert forbidden("see https://" + HOSTS[0] + "/simple") == [HOSTS[0]]
    assert forbidden("open " + PATHS[1] + "x") == [PATHS[1]]
    assert forbidden("GET /v1/traces and tests" + PATHS[1]) == []
