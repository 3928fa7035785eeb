"""The diabetes data set: rows for the batch job and the regression trained on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Matrix = NDArray[np.float64]

MODEL = "diabetes-progression"
DATASET = "sklearn.diabetes"
JITTER = 0.1


class Regression(Protocol):
    """What a fitted scikit-learn pipeline offers."""

    def predict(self, rows: Matrix) -> Matrix: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Diabetes:
    """The data set cut in two: what the first model learns from, and what the batches bring."""

    features: tuple[str, ...]
    train_rows: Matrix
    train_values: Matrix
    world_rows: Matrix
    world_values: Matrix


@cache
def data() -> Diabetes:
    """The data set in its raw units, split once."""
    bunch = load_diabetes(scaled=False)
    train_x, world_x, train_y, world_y = train_test_split(bunch.data, bunch.target, test_size=0.5, random_state=0)
    return Diabetes(tuple(bunch.feature_names), train_x, train_y, world_x, world_y)


def draw(rng: np.random.Generator, count: int) -> tuple[Matrix, Matrix]:
    """`count` rows `(count, 10)` of the world and their true values."""
    source = data()
    chosen = rng.integers(0, len(source.world_rows), size=count)
    rows = source.world_rows[chosen] + rng.normal(0, JITTER, (count, len(source.features))) * source.train_rows.std(axis=0)
    return np.abs(rows), source.world_values[chosen]


def fit(rng: np.random.Generator, rows: Matrix, values: Matrix) -> Regression:
    """A new model from a bootstrap of the base data and recent rows with known truth."""
    source = data()
    chosen = rng.integers(0, len(source.train_rows), size=len(source.train_rows))
    fitted: Regression = make_pipeline(StandardScaler(), Ridge(alpha=1.0)).fit(
        np.concatenate([source.train_rows[chosen], rows]), np.concatenate([source.train_values[chosen], values])
    )
    return fitted


def evaluate(model: Regression, rows: Matrix, values: Matrix) -> dict[str, float]:
    """Mean absolute error and R² on rows with known truth."""
    predicted = model.predict(rows)
    return {"mae": float(mean_absolute_error(values, predicted)), "r2": float(r2_score(values, predicted))}


def profile(seed: int) -> dict[str, float]:
    """Train once and measure on 4,000 rows; `prediction` and `spread` are the mean and deviation of what it predicts."""
    rng = np.random.default_rng([seed, 2])
    model = fit(rng, np.empty((0, len(data().features))), np.empty(0))
    rows, values = draw(rng, 4000)
    predicted = model.predict(rows)
    spread = float(np.std(np.abs(predicted - values)))
    return evaluate(model, rows, values) | {"prediction": float(predicted.mean()), "spread": spread}
