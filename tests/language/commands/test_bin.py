"""bin: spans of numbers and times, alignment, names."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.nodes import Bin, Node
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
        ("bin x", Bin(ROWS, "x", "x")),
        ("bin span=10 x", Bin(ROWS, "x", "x", 10.0)),
        ("bin x span=0.5 AS y", Bin(ROWS, "x", "y", 0.5)),
        ("bucket _time span=5m", Bin(ROWS, "_time", "_time", 5.0, "m")),
        ("bin _time span=1month as month", Bin(ROWS, "_time", "month", 1.0, "mon")),
        ("bin _time span=60", Bin(ROWS, "_time", "_time", 60.0, "s")),
        ("bin bins=20 minspan=5 start=0 end=1e3 x", Bin(ROWS, "x", "x", bins=20, start=0.0, end=1000.0, minimum_span=5.0)),
        (
            "bin _time span=1d minspan=2h aligntime=1700000000",
            Bin(ROWS, "_time", "_time", 1.0, "d", align=1700000000.0, minimum_span=7200.0),
        ),
        ('bin _time span=1h aligntime="@d"', Bin(ROWS, "_time", "_time", 1.0, "h", align=1767744000.0)),
    ],
)
def test_reads(text: str, expected: Node) -> None:
    assert node(text) == expected


def test_alignment_to_the_range() -> None:
    found = spl.parse("index=main earliest=100 | bin _time span=1h aligntime=earliest", CONTEXT)
    assert isinstance(found, Bin)
    assert found.align == 100.0


def test_refuses() -> None:
    assert code("bin") == "syntax"
    assert code("bin x y") == "syntax"
    assert code("bin span=0 x") == "option-value"
    assert code("bin span=5parsecs x") == "span-invalid"
    assert code("bin span=2log10 x") == "unsupported"
    assert code("bin span=2d@d x") == "unsupported"
    assert code("bin bins=0 x") == "option-value"
    assert code("bin start=nan x") == "option-value"


def test_without_a_range_all_time_begins_with_the_epoch_and_ends_now():
    first, last = (spl.parse(f"index=main | bin _time span=1h aligntime={side}", CONTEXT) for side in ("earliest", "latest"))
    assert isinstance(first, Bin)
    assert isinstance(last, Bin)
    assert (first.align, last.align) == (0, CONTEXT.now / 10**9)


@pytest.mark.parametrize("span", ["1w@w", "w@w0", "1d@d", "1hour@h"])
def test_one_unit_that_snaps_to_itself_is_the_unit(span):
    plain = span.split("@")[0]
    assert spl.parse(f"index=main | bin _time span={span}", CONTEXT) == spl.parse(f"index=main | bin _time span={plain}", CONTEXT)


def test_other_snaps_are_refused():
    assert code("bin _time span=1w@w1") == code("bin _time span=12h@d") == "unsupported"
