"""Objectives made ready for a served model: it answers, it answers in time, it is right, and it is trained anew often enough."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.model.problem import fail
from pilotage.watch.escalation import length
from pilotage.watch.slos.objective import Burn, Slo


@dataclass(frozen=True, slots=True)
class Wish:
    """What to make objectives for: the spans of `service` of kind SERVER, the scores and deployments of `model`.

    `latency` is what an answer may take, `score` what the metric `metric` must reach, `retrain` how often a version must be deployed.
    """

    service: str = ""
    model: str = ""
    latency: str = "500ms"
    metric: str = "accuracy"
    score: float = 0.9
    retrain: str = "1d"
    deploy_event: str = "deploy"


def ready(wish: Wish) -> dict[str, Slo]:
    """Name → objective, of those for which the wish names a service or a model. Raises PilotageError `slo-invalid`."""
    if not wish.service and not wish.model:
        raise fail("slo-invalid", "name a service, a model, or both")
    found: dict[str, Slo] = {}
    if wish.service:
        spans = f"index=traces service={quoted(wish.service)} kind=SERVER"
        good = f'{spans} | stats count as total count(eval(status!="ERROR")) as good'
        text = f"Requests of {wish.service} that did not fail"
        found[f"{wish.service} availability"] = Slo("request", 99.5, good, signal="availability", description=text)
        within = f"{spans} | stats count as total count(eval(duration<{length(wish.latency):g})) as good"
        text = f"Requests of {wish.service} answered within {wish.latency}"
        found[f"{wish.service} latency"] = Slo("request", 99.0, within, signal="latency", description=text)
    if wish.model:
        name = quoted(wish.model)
        scores = f"index=metrics metric_name=ml.evaluation.score ml.model.name={name} ml.metric.name={quoted(wish.metric)}"
        found[f"{wish.model} quality"] = Slo(
            "window",
            95.0,
            f"{scores} | stats avg(_value) as score",
            value="score",
            threshold=f">= {wish.score:g}",
            slice="1h",
            signal="quality",
            description=f"Hours in which {wish.metric} of {wish.model} was at least {wish.score:g}",
            burns=(Burn("12h", "critical", budget=20.0, short="3h"), Burn("3d", "warning", budget=20.0, short="12h")),
        )
        deployed = f"index=main event_name={quoted(wish.deploy_event)} ml.model.name={name} | stats count as versions"
        found[f"{wish.model} freshness"] = Slo(
            "window",
            90.0,
            deployed,
            value="versions",
            threshold=">= 1",
            slice=wish.retrain,
            delay="30m",
            missing="bad",
            signal="freshness",
            description=f"Times of {wish.retrain} in which a version of {wish.model} was deployed",
            burns=(Burn(f"{length(wish.retrain):g}s", "warning", rate=1.0, short=f"{length(wish.retrain):g}s"),),
        )
    for each in found.values():
        each.check()
    return found


def quoted(text: str) -> str:
    """A value as SPL reads it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
