"""Commands about models: what is read, and what is printed for it."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.model.problem import PilotageError

CONTEXT = spl.context(1_767_607_200_000_000_000)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("fit LinearRegression y from x* z", "fit LinearRegression y from x* z"),
        ('fit KMeans k=3 a, b into app:m as "my group"', 'fit KMeans k=3 a b into app:m as "my group"'),
        (
            'fit DensityFunction ms threshold="0.01,0.05" by "host, user" into m',
            'fit DensityFunction threshold="0.01,0.05" ms by host user into m',
        ),
        ("fit PCA * k=2", "fit PCA k=2 *"),
        ('fit StandardScaler "predicted(y)"', 'fit StandardScaler "predicted(y)"'),
        ("apply m threshold=0.5 as out", "apply m threshold=0.5 as out"),
        ("apply app:m", "apply app:m"),
        ("score r2_score a b ~ c d", "score r2_score a b against c d"),
        ("score accuracy_score actual=a predicted=b normalize=t", "score accuracy_score a against b normalize=t"),
        ("score confusion_matrix true=a pred=b", "score confusion_matrix a against b"),
    ],
)
def test_round_trip(text, printed):
    plan = spl.parse(f"index=main | {text}", CONTEXT)
    assert spl.print_plan(plan) == f"search index=main | {printed}"
    assert spl.parse(spl.print_plan(plan), CONTEXT) == plan


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fit LinearRegression", "the text ends where an algorithm and at least one field"),
        ("fit LinearRegression a b from c", "one field is predicted from others, not 2"),
        ("fit KMeans a into m into n", "`into` is written twice"),
        ("fit KMeans a into m n", "one name follows `into`, not 2"),
        ("fit KMeans a into ../m", "`../m` is no name of a model"),
        ("fit KMeans k=2 k=3 a", "the option `k` is given twice"),
        ("apply a b", "the name of one model"),
        ("score", "the text ends where a method"),
        ("fit KMeans a by", "the text ends where a name after `by` should follow"),
    ],
)
def test_refused(text, sentence):
    with pytest.raises(PilotageError, match=r".*") as caught:
        spl.parse(f"index=main | {text}", CONTEXT)
    assert sentence in caught.value.problem.sentence
    assert caught.value.problem.span is not None
