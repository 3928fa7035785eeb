"""makeresults: rows out of nothing."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.nodes import Rows
from pilotage.model.problem import PilotageError

CONTEXT = spl.context(1767781845_500_000_000)


def test_rows() -> None:
    assert spl.parse("| makeresults", CONTEXT) == Rows(("_time",), ((1767781845,),))
    assert spl.parse("| makeresults count=3", CONTEXT) == Rows(("_time",), ((1767781845,),) * 3)
    annotated = spl.parse("| makeresults annotate=t", CONTEXT)
    assert isinstance(annotated, Rows)
    assert annotated.columns[:3] == ("_time", "_raw", "host")
    assert annotated.values[0][1:] == (None,) * 6


@pytest.mark.parametrize(
    ("text", "code"),
    [("| makeresults count=99999999", "option-value"), ("| makeresults format=csv", "unsupported"), ("| makeresults 3", "syntax")],
)
def test_refuses(text: str, code: str) -> None:
    with pytest.raises(PilotageError) as caught:
        spl.parse(text, CONTEXT)
    assert caught.value.problem.code == code
