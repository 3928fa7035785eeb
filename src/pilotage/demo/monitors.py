"""The demo's saved monitors: one a kind of incident, with the defaults, and below which deviation nobody cares."""

from __future__ import annotations

from collections.abc import Mapping

_SUMMARY = "index=main event_name=traffic.summary service"

MONITORS: tuple[Mapping[str, object], ...] = (
    {
        "name": "demo: latency",
        "description": "Mean duration of a request to the classifier",
        "query": 'index=metrics metric_name="http.server.request.duration" service=wine-classifier'
        " | spath input=distribution path=count output=n | stats sum(_value) as seconds sum(n) as n | eval mean=seconds/n",
        "direction": "up",
        "min_deviation": 0.25,
        "labels": {"service": "wine-classifier", "incident": "latency"},
        "playbook": "Compare the spans of slow requests with those of an hour before; the feature store is the usual cause.",
    },
    {
        "name": "demo: errors",
        "description": "Share of predictions that failed",
        "query": "| mstats sum(ml.inference.errors) as failed sum(ml.inference.count) as done"
        " WHERE index=metrics ml.model.name=wine-quality"
        " | eval share=coalesce(failed,0)/(coalesce(failed,0)+coalesce(done,0))",
        "kind": "static",
        "critical": "> 0.1",
        "labels": {"service": "wine-classifier", "incident": "errors"},
        "playbook": "Look at the exceptions of the classifier, by type.",
    },
    {
        "name": "demo: drift",
        "description": "Mean of an input feature",
        "query": f"{_SUMMARY}=wine-classifier | stats avg(feature_alcohol) as alcohol",
        "min_deviation": 0.6,
        "labels": {"service": "wine-classifier", "incident": "drift"},
        "playbook": "Retrain, or roll back the change of the source of the feature.",
    },
    {
        "name": "demo: label shift",
        "description": "Share of predictions of class 2",
        "query": f"{_SUMMARY}=wine-classifier | stats avg(share_class_2) as share",
        "min_deviation": 0.2,
        "labels": {"service": "wine-classifier", "incident": "label-shift"},
        "playbook": "Ask the owners of the upstream population what changed.",
    },
    {
        "name": "demo: cost",
        "description": "Cost of a call of the assistant in USD",
        "query": f"{_SUMMARY}=assistant | stats sum(cost_usd) as usd sum(requests) as calls | eval cost=usd/calls",
        "direction": "up",
        "min_deviation_share": 0.5,
        "labels": {"service": "assistant", "incident": "cost"},
        "playbook": "Look at the tokens of the last calls; a runaway prompt multiplies them.",
    },
    {
        "name": "demo: outage",
        "description": "No requests are measured anywhere",
        "kind": "missing",
        "query": 'index=metrics metric_name="http.server.request.duration"',
        "missing_for": "5m",
        "labels": {"incident": "outage"},
        "playbook": "Is the gateway up? Are the exporters?",
    },
)
