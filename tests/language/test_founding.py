"""The search of the text this project began with: read and planned as printed, and run in every part but that of the models."""

from __future__ import annotations

import json
import sys

import pytest

from pilotage.engine.effects import allowed
from pilotage.engine.run import Engine, Search
from pilotage.language.dialects import spl
from pilotage.language.plan.branches import Fork
from pilotage.language.plan.knowledge import Write
from pilotage.language.plan.learning import Apply, Score, Summary
from pilotage.language.plan.nodes import Scan
from pilotage.language.plan.walk import plans
from pilotage.model.problem import PilotageError
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000

FOUNDING = """index=my_latest_data partition="test"
| apply usermodel as predicted_user
| multireport 
    [ | score confusion_matrix user against predicted_user | untable Label Operation Score | eval Label="confusion_matrix.".Label ] 
    [ | score precision_recall_fscore_support user against predicted_user | untable Metric Operation Score | rename Metric as Label | eval Label="score.".Label ]
    [ | summary usermodel | eval Label = "feature_importance" | rename feature as Operation importance as Score | table Label Operation Score | eval Operation=replace(Operation,"=","#")]
    | rename Label as metric_name Operation as operation Score as _value
    | eval metric_name = "mlops."."username.".metric_name
    | eval _time=now()
    | table _time metric_name operation _value
    | mcollect index=my_model_metrics"""  # noqa: W291 - as printed

_MODELS = {
    "| apply usermodel as predicted_user\n": '| eval predicted_user=if(ms>5, "ann", user)\n',
    "score confusion_matrix user against predicted_user": (
        'eval Label="Predicted(".predicted_user.")", user="True(".user.")" | chart count over Label by user'
    ),
    "score precision_recall_fscore_support user against predicted_user": (
        'eval hit=if(user=predicted_user,1,0) | stats avg(hit) AS ann | eval Metric="precision" | table Metric ann'
    ),
    "summary usermodel": 'makeresults | eval feature="city=Paris", importance=0.75 | table feature importance',
}
"""What stands in the place of models here: rows of the shape that they give."""


def test_it_is_planned_as_printed():
    plan = spl.parse(FOUNDING, spl.context(NOW))
    found = list(plans(plan))
    assert isinstance(plan, Write)
    assert [type(node) for node in found if isinstance(node, Apply | Score | Summary)].count(Score) == 2
    fork = next(node for node in found if isinstance(node, Fork))
    assert len(fork.branches) == 3
    applied = next(node for node in found if isinstance(node, Apply))
    assert (applied.model, applied.alias) == ("usermodel", "predicted_user")
    assert next(node.model for node in found if isinstance(node, Summary)) == "usermodel"
    assert next(node.indexes for node in found if isinstance(node, Scan)) == ("my_latest_data",)
    assert spl.parse(spl.print_plan(plan), spl.context(NOW)) == plan


@pytest.fixture
def engine(tmp_path):
    store = open_store(tmp_path / "store")
    rows = [
        {"partition": "test", "user": "ann", "ms": 9},
        {"partition": "test", "user": "bob", "ms": 3},
        {"partition": "test", "user": "bob", "ms": 7},
        {"partition": "train", "user": "bob", "ms": 7},
    ]
    store.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events("my_latest_data", rows, NOW))
    yield Engine(store)
    store.close()


def answer(engine, query):
    return [json.loads(line) for piece in engine.start(Search(query, now=NOW, permit=allowed)).ndjson() for line in piece.splitlines()]


def test_models_are_refused_in_one_sentence_before_anything_runs(engine):
    with pytest.raises(PilotageError, match="`apply` cannot run yet: models in the pipe come with a later version") as caught:
        answer(engine, FOUNDING)
    assert caught.value.problem.code == "learning"
    assert caught.value.problem.span is not None
    assert FOUNDING[caught.value.problem.span.start :].startswith("apply usermodel")


def test_all_but_the_models_runs(engine):
    query = FOUNDING
    for words, stand_in in _MODELS.items():
        assert words in query
        query = query.replace(words, stand_in)
    found = answer(engine, query)
    now = NOW / 1e9
    shown = [(row["metric_name"], row["operation"], row["_value"]) for row in found]
    assert {row["_time"] for row in found} == {now}
    assert shown == [
        ("mlops.username.confusion_matrix.Predicted(ann)", "True(ann)", 1),
        ("mlops.username.confusion_matrix.Predicted(ann)", "True(bob)", 1),
        ("mlops.username.confusion_matrix.Predicted(bob)", "True(ann)", 0),
        ("mlops.username.confusion_matrix.Predicted(bob)", "True(bob)", 1),
        ("mlops.username.score.precision", "ann", pytest.approx(2 / 3)),
        ("mlops.username.feature_importance", "city#Paris", 0.75),
    ]
    points = answer(engine, "| mstats max(_value) AS v WHERE index=my_model_metrics BY metric_name operation")
    assert len(points) == 6
    assert {row["operation"] for row in points} == {"True(ann)", "True(bob)", "ann", "city#Paris"}
