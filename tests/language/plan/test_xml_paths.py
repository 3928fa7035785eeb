"""Paths into XML: what each step means, and what is no path."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.language.plan.xml_paths import XmlStep, xml_steps


def test_steps() -> None:
    assert xml_steps("/a/ns:b[2]//c[@k='v'][d]/@e") == (
        XmlStep("a"),
        XmlStep("b", place=2),
        XmlStep("c", deep=True, conditions=(("@k", "v"), ("d", None))),
        XmlStep("e", attribute=True),
    )
    assert xml_steps("./a/text()") == xml_steps("a/text()") == (XmlStep("a"), XmlStep("text()"))


@pytest.mark.parametrize("path", ["", "/", "/a/", "/a[", "/a[]", "/@a/b", "/text()/b", "/a b", "a]", "/a[@b=c]"])
def test_no_path(path: str) -> None:
    assert xml_steps(path) is None


@settings(deadline=None)
@given(st.text("/ab@[]='\"1:*. ()", max_size=20))
def test_any_text_is_a_path_or_none(path: str) -> None:
    steps = xml_steps(path)
    assert steps is None or all(step.name for step in steps)
