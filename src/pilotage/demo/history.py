"""Sixty days of past five-minute slices, vectorised: same traffic model, same incidents' effects, same names as live."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotage.demo import assistant, classifier, diabetes, regression, wine
from pilotage.demo.clock import version
from pilotage.demo.incidents import ADDED_LATENCY_S, ERROR_SHARE, TOKEN_FACTOR, Incident, Kind, Schedule, historic
from pilotage.demo.labels import ARRIVING
from pilotage.demo.series import Counts, Form, Series, ServiceHistory, Spread, histogram, positive
from pilotage.demo.telemetry import Value
from pilotage.demo.traffic import ASSISTANT, CLASSIFIER, HOUR_NS, REGRESSION, SLICE_NS, SLICE_S, Floats, Shape, Times, load, rate
from pilotage.demo.web import BOUNDS

OVERHEAD_S = 0.003  # what HTTP, spans and the model add to the modelled times
TRAINING_MEDIAN_S = 0.06
HELD_OUT = 500


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One past retraining: `steps_s` are the seconds of fit, evaluate and deploy."""

    model: str
    dataset: str
    version: str
    start_ns: int
    steps_s: tuple[float, float, float]
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class History:
    """The past of the whole system; `slices` are the start times `(n,)`, every array of a service has that length."""

    seed: int
    slices: Times
    services: tuple[ServiceHistory, ...]
    runs: tuple[TrainingRun, ...]
    incidents: tuple[Incident, ...]

    def versions(self, part: slice) -> list[str]:
        """The model version in service at each of these slices: trained at its hour."""
        hours, where = np.unique(self.slices[part] // HOUR_NS, return_inverse=True)
        names = [version(int(hour) * HOUR_NS) for hour in hours]
        return [names[i] for i in where]


@dataclass(frozen=True, slots=True)
class _World:
    """What every service's past is made from."""

    seed: int
    rng: np.random.Generator
    slices: Times
    schedule: Schedule

    def on(self, kind: Kind) -> Counts:
        return self.schedule.mask(kind, self.slices).astype(np.int64)

    def requests(self, shape: Shape) -> tuple[Floats, Counts]:
        rates = rate(shape, self.seed, self.slices + SLICE_NS // 2)
        counts = self.rng.poisson(rates * SLICE_S) * (1 - self.on(Kind.OUTAGE))
        return load(shape, rates), counts.astype(np.int64)


def build(seed: int, start_ns: int, end_ns: int) -> History:
    """The history of `[start_ns, end_ns)`, cut to whole slices; the same arguments give the same history."""
    first, last = -(-start_ns // SLICE_NS), end_ns // SLICE_NS
    slices = np.arange(first, last, dtype=np.int64) * SLICE_NS
    incidents = historic(seed, int(first) * SLICE_NS, int(last) * SLICE_NS)
    world = _World(seed, np.random.default_rng([seed, 10]), slices, Schedule(incidents))
    services = (_classifier(world), _assistant(world), _regression(world))
    return History(seed, slices, services, _runs(world), incidents)


def _classifier(world: _World) -> ServiceHistory:
    rng, profile = world.rng, wine.profile(world.seed)
    loads, requests = world.requests(CLASSIFIER)
    errors = rng.binomial(requests, np.where(world.on(Kind.ERRORS), ERROR_SHARE, classifier.BASE_ERRORS))
    good = requests - errors
    mu = np.log(classifier.LOOKUP_MEDIAN_S * (0.7 + 0.3 * loads))
    spread = Spread(mu, classifier.LOOKUP_SIGMA, np.where(world.on(Kind.LATENCY), OVERHEAD_S + ADDED_LATENCY_S, OVERHEAD_S))
    drift, shift = world.on(Kind.DRIFT) > 0, world.on(Kind.LABEL_SHIFT) > 0

    def by_condition(name: str) -> Floats:
        usual, drifted, shifted = (getattr(c, name) for c in (profile.usual, profile.drift, profile.label_shift))
        return np.asarray(np.where(drift, drifted, np.where(shift, shifted, usual)), dtype=np.float64)

    share = np.where(drift, profile.drift.shares[2], np.where(shift, profile.label_shift.shares[2], profile.usual.shares[2]))
    labels = rng.binomial(good, ARRIVING)
    accuracy = rng.binomial(labels, by_condition("accuracy")) / positive(labels)
    some = np.maximum(good, 1)
    summary = _timing(rng, requests, errors, spread) | {
        "feature_alcohol": by_condition("alcohol_mean") + by_condition("alcohol_sd") / np.sqrt(some) * rng.normal(size=len(some)),
        "share_class_2": rng.binomial(good, share) / positive(good),
        "accuracy": accuracy,
    }
    sums, buckets = histogram(rng, requests, spread, BOUNDS)
    series = [
        *_http(rng, "/predict", good, errors, spread),
        _counter("ml.inference.count", wine.MODEL, good),
        _counter("ml.inference.errors", wine.MODEL, errors, classifier.FeatureStoreError.__name__),
        Series("ml.inference.duration", "s", Form.HISTOGRAM, sums, {"ml.model.name": wine.MODEL}, buckets, BOUNDS),
        _score(wine.MODEL, "accuracy", accuracy),
    ]
    return ServiceHistory(CLASSIFIER.service, tuple(series), summary)


def _assistant(world: _World) -> ServiceHistory:
    rng, profile = world.rng, assistant.profile(world.seed)
    _, requests = world.requests(ASSISTANT)
    errors = rng.binomial(requests, assistant.BASE_ERRORS)
    good = requests - errors
    runaway = world.on(Kind.COST)
    factor = np.where(runaway, TOKEN_FACTOR, 1)
    spread = Spread(
        np.where(runaway, profile.runaway_mu, profile.duration_mu),
        np.where(runaway, profile.runaway_sigma, profile.duration_sigma),
        OVERHEAD_S,
    )
    tokens = {}
    series = _http(rng, "/v1/chat", good, errors, spread)
    for side, mean, deviation in (("input", profile.input_mean, profile.input_sd), ("output", profile.output_mean, profile.output_sd)):
        sigma = np.sqrt(np.log1p((deviation / mean) ** 2))
        sums, buckets = histogram(rng, good, Spread(np.log(mean * factor) - sigma**2 / 2, sigma), assistant.TOKEN_BOUNDS)
        tokens[side] = np.round(np.nan_to_num(sums))
        attributes = assistant.COMMON | {"gen_ai.token.type": side}
        series.append(
            Series(
                "gen_ai.client.token.usage", "{token}", Form.HISTOGRAM, positive(tokens[side]), attributes, buckets, assistant.TOKEN_BOUNDS
            )
        )
    first = Spread(np.log(assistant.FIRST_TOKEN_MEDIAN_S), assistant.FIRST_TOKEN_SIGMA)
    first_sums, first_buckets = histogram(rng, good, first, assistant.DURATION_BOUNDS)
    sums, buckets = histogram(rng, good, spread, assistant.DURATION_BOUNDS)
    cost = tokens["input"] * assistant.INPUT_PRICE + tokens["output"] * assistant.OUTPUT_PRICE
    bounds = assistant.DURATION_BOUNDS
    series += [
        Series("gen_ai.client.operation.duration", "s", Form.HISTOGRAM, sums, assistant.COMMON, buckets, bounds),
        Series("gen_ai.server.time_to_first_token", "s", Form.HISTOGRAM, first_sums, assistant.COMMON, first_buckets, bounds),
        Series("gen_ai.usage.cost", "USD", Form.SUM, positive(cost), assistant.COMMON),
    ]
    summary = _timing(rng, requests, errors, spread) | {
        "tokens_input": tokens["input"],
        "tokens_output": tokens["output"],
        "cost_usd": cost,
        "first_token_mean": first_sums / positive(good),
    }
    return ServiceHistory(ASSISTANT.service, tuple(series), summary)


def _regression(world: _World) -> ServiceHistory:
    rng, profile = world.rng, diabetes.profile(world.seed)
    _, requests = world.requests(REGRESSION)
    errors = rng.binomial(requests, regression.BAD_ROWS)
    spread = Spread(np.log(regression.LOAD_MEDIAN_S), regression.LOAD_SIGMA, np.asarray(OVERHEAD_S + 0.0005 * requests, dtype=np.float64))
    batches = (requests > 0).astype(np.int64)
    sums, buckets = histogram(rng, batches, spread, BOUNDS)
    labels = rng.binomial(requests - errors, ARRIVING)
    mae = np.abs(profile["mae"] + profile["spread"] / np.sqrt(np.maximum(labels, 1)) * rng.normal(size=len(labels)))
    mae = np.where(labels > 0, mae, np.nan)
    summary = {
        "requests": requests.astype(np.float64),
        "errors": errors.astype(np.float64),
        "duration_mean": sums,
        "duration_p95": sums,
        "prediction": profile["prediction"] + 50 / np.sqrt(np.maximum(requests, 1)) * rng.normal(size=len(requests)),
        "mae": mae,
    }
    series = (
        _counter("ml.inference.count", diabetes.MODEL, requests - errors),
        _counter("ml.inference.errors", diabetes.MODEL, errors, "ValueError"),
        Series("ml.inference.duration", "s", Form.HISTOGRAM, sums, {"ml.model.name": diabetes.MODEL}, buckets, BOUNDS),
        _score(diabetes.MODEL, "mae", mae),
    )
    return ServiceHistory(REGRESSION.service, series, summary)


def _timing(rng: np.random.Generator, requests: Counts, errors: Counts, spread: Spread) -> dict[str, Floats]:
    sums, _ = histogram(rng, requests, spread, BOUNDS)
    return {
        "requests": requests.astype(np.float64),
        "errors": errors.astype(np.float64),
        "duration_mean": sums / positive(requests),
        "duration_p95": spread.quantile(rng, requests),
    }


def _http(rng: np.random.Generator, route: str, good: Counts, errors: Counts, spread: Spread) -> list[Series]:
    found = []
    for status, counts in ((200, good), (500, errors)):
        sums, buckets = histogram(rng, counts, spread, BOUNDS)
        attributes: dict[str, Value] = {"http.request.method": "POST", "http.route": route, "http.response.status_code": status}
        found.append(Series("http.server.request.duration", "s", Form.HISTOGRAM, sums, attributes, buckets, BOUNDS))
    return found


def _counter(name: str, model: str, counts: Counts, error: str | None = None) -> Series:
    attributes: dict[str, Value] = {"ml.model.name": model, "ml.model.stage": "production"}
    if error:
        attributes["error.type"] = error
    return Series(name, "{prediction}", Form.SUM, positive(counts), attributes, versioned=True)


def _score(model: str, metric: str, values: Floats) -> Series:
    return Series("ml.evaluation.score", "1", Form.GAUGE, values, {"ml.model.name": model, "ml.metric.name": metric})


def _runs(world: _World) -> tuple[TrainingRun, ...]:
    """An hourly retraining of both models, with the scores that the sampling of the held-out rows gives."""
    rng = world.rng
    usual, errors = wine.profile(world.seed).usual, diabetes.profile(world.seed)
    runs = []
    for hour in np.unique(world.slices // HOUR_NS):
        start = int(hour) * HOUR_NS
        if start < world.slices[0]:
            continue
        right = rng.binomial(HELD_OUT, usual.accuracy) / HELD_OUT
        mae = errors["mae"] + errors["spread"] / np.sqrt(HELD_OUT) * rng.normal()
        scored = (
            (wine.MODEL, wine.DATASET, {"accuracy": right, "f1": right * usual.f1 / usual.accuracy}),
            (diabetes.MODEL, diabetes.DATASET, {"mae": mae, "r2": errors["r2"] + 0.02 * rng.normal()}),
        )
        for model, dataset, scores in scored:
            steps = TRAINING_MEDIAN_S * rng.lognormal(0, 0.25, 3) * (0.7, 0.25, 0.05)
            fit_s, evaluate_s, deploy_s = (float(s) for s in steps)
            runs.append(TrainingRun(model, dataset, version(start), start, (fit_s, evaluate_s, deploy_s), scores))
            start += round(steps.sum() * 1e9)
    return tuple(runs)
