"""rex: patterns, options, sed scripts."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.nodes import Extract, Node
from pilotage.model.problem import PilotageError

CONTEXT = spl.context(1767781845 * 10**9)


def node(text: str) -> Node:
    return spl.parse(f"index=main | {text}", CONTEXT)


def code(text: str) -> str:
    with pytest.raises(PilotageError) as caught:
        node(text)
    return caught.value.problem.code


ROWS = spl.parse("index=main", CONTEXT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'rex "id=(?<i>\d+)"', Extract(ROWS, "_raw", r"id=(?<i>\d+)")),
        (r'rex field=m max_match=0 "(?P<i>\d+)"', Extract(ROWS, "m", r"(?P<i>\d+)", max_match=0)),
        (r'rex "\"(?<q>[^\"]+)\"" offset_field=o', Extract(ROWS, "_raw", '"(?<q>[^"]+)"', offset_field="o")),
        (r'rex "a\\\\(?<i>b)"', Extract(ROWS, "_raw", r"a\\(?<i>b)")),
        (r"rex field=m (?<i>[a-z]+)\s", Extract(ROWS, "m", r"(?<i>[a-z]+)\s")),
        (r'rex field=m mode=sed "s/\d+/#/g"', Extract(ROWS, "m", r"s/\d+/#/g", sed=True)),
        ('rex mode=sed "y/abc/xyz/"', Extract(ROWS, "_raw", "y/abc/xyz/", sed=True)),
        ('rex "(?<a>x|y)" | head 10', None),
    ],
)
def test_reads(text: str, expected: Node | None) -> None:
    assert expected is None or node(text) == expected
    assert node(text).command in ("rex", "head")


def test_refuses() -> None:
    assert code("rex") == "syntax"
    assert code('rex "no group"') == "no-groups"
    assert code('rex mode=awk "(?<a>b)"') == "option-value"
    assert code('rex mode=sed "s/a/b"') == "sed"
    assert code('rex mode=sed "y/ab/x/"') == "sed"
    assert code('rex mode=sed max_match=3 "s/a/b/"') == "unsupported"
    assert code('rex max_match=-1 "(?<a>b)"') == "option-value"
