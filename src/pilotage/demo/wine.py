"""The wine data set: who asks (drawn cases with measurement noise) and the model that is trained on it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pilotage.demo.incidents import FEATURE_SHIFT, SHIFTED_CLASSES

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

MODEL = "wine-quality"
DATASET = "sklearn.wine"
JITTER = 0.7  # share of a feature's deviation: enough that the classes overlap and the score is not 1
DRIFTING = ("alcohol", "color_intensity", "proline")


class Classifier(Protocol):
    """What a fitted scikit-learn pipeline offers."""

    def predict(self, rows: Matrix) -> Labels: ...  # noqa: D102
    def predict_proba(self, rows: Matrix) -> Matrix: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Wine:
    """The data set cut in two: what the first model learns from, and what the world sends."""

    features: tuple[str, ...]
    classes: tuple[str, ...]
    train_rows: Matrix
    train_labels: Labels
    world_rows: Matrix
    world_labels: Labels

    @property
    def deviations(self) -> Matrix:
        """Standard deviation of each feature."""
        return np.asarray(self.train_rows.std(axis=0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a freshly trained model does in one state of the world."""

    accuracy: float
    f1: float
    shares: tuple[float, ...]
    alcohol_mean: float
    alcohol_sd: float


@dataclass(frozen=True, slots=True)
class Profile:
    """The three states of the world; the history is built from it."""

    usual: Condition
    drift: Condition
    label_shift: Condition


@cache
def data() -> Wine:
    """The data set, split once, stratified."""
    bunch = load_wine()
    names = tuple(name.split("/")[0] for name in bunch.feature_names)
    train_x, world_x, train_y, world_y = train_test_split(bunch.data, bunch.target, test_size=0.5, stratify=bunch.target, random_state=0)
    return Wine(names, tuple(bunch.target_names), train_x, train_y.astype(np.int64), world_x, world_y.astype(np.int64))


def draw(rng: np.random.Generator, count: int, *, drift: bool = False, label_shift: bool = False) -> tuple[Matrix, Labels]:
    """`count` cases `(count, 13)` of the world and their true classes; under drift or with shifted classes if told."""
    wine = data()
    shares = np.bincount(wine.world_labels) / len(wine.world_labels)
    wanted = rng.choice(len(wine.classes), size=count, p=SHIFTED_CLASSES if label_shift else shares)
    rows = np.empty((count, len(wine.features)))
    for label in range(len(wine.classes)):
        mine = np.flatnonzero(wanted == label)
        rows[mine] = wine.world_rows[rng.choice(np.flatnonzero(wine.world_labels == label), size=len(mine))]
    rows += rng.normal(0, JITTER, rows.shape) * wine.deviations
    if drift:
        for name in DRIFTING:
            column = wine.features.index(name)
            rows[:, column] += FEATURE_SHIFT * wine.deviations[column]
    return np.abs(rows), wanted.astype(np.int64)


def fit(rng: np.random.Generator, rows: Matrix, labels: Labels) -> Classifier:
    """A new model from the base data (jittered as the world is) and recent labelled rows."""
    wine = data()
    base = np.repeat(wine.train_rows, 3, axis=0)
    base = np.abs(base + rng.normal(0, JITTER, base.shape) * wine.deviations)
    known = np.concatenate([np.repeat(wine.train_labels, 3), labels])
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted: Classifier = pipeline.fit(np.concatenate([base, rows]), known)
    return fitted


def evaluate(model: Classifier, rows: Matrix, labels: Labels) -> dict[str, float]:
    """Accuracy and macro F1 on labelled rows."""
    predicted = model.predict(rows)
    return {"accuracy": float(accuracy_score(labels, predicted)), "f1": float(f1_score(labels, predicted, average="macro"))}


def profile(seed: int) -> Profile:
    """Train once and measure on 4,000 cases of each condition."""
    rng = np.random.default_rng([seed, 1])
    wine = data()
    model = fit(rng, np.empty((0, len(wine.features))), np.empty(0, dtype=np.int64))

    def measure(*, drift: bool = False, label_shift: bool = False) -> Condition:
        rows, labels = draw(rng, 4000, drift=drift, label_shift=label_shift)
        scores = evaluate(model, rows, labels)
        shares = tuple(float(s) for s in np.bincount(model.predict(rows), minlength=len(wine.classes)) / len(rows))
        return Condition(scores["accuracy"], scores["f1"], shares, float(rows[:, 0].mean()), float(rows[:, 0].std()))

    return Profile(measure(), measure(drift=True), measure(label_shift=True))
