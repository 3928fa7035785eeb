"""A small trigram language model over the data sets' own descriptions: the assistant's honest, offline "LLM"."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

REQUEST_MODEL = "trigram-1"
RESPONSE_MODEL = "trigram-1-2026-11"
MEAN_ANSWER = 40  # tokens
QUESTIONS = (
    "What does the wine data set contain?",
    "How many classes of wine are there and who donated the data?",
    "Which features describe a patient in the diabetes study?",
    "How was progression of the disease measured after one year?",
    "What is the mean radius in the breast cancer data?",
    "Why are the features scaled, and by what factor?",
    "Can you summarise the chemical analysis of the wines, please, and say which constituents were found?",
    "Who published the first paper about these measurements?",
)


def tokens(text: str) -> list[str]:
    """Words and punctuation marks."""
    return re.findall(r"[A-Za-z0-9]+|[.,:;?!]", text)


@cache
def documents() -> dict[str, str]:
    """Name and text of what the assistant knows."""
    return {"wine": load_wine().DESCR, "diabetes": load_diabetes().DESCR, "breast-cancer": load_breast_cancer().DESCR}


def retrieve(question: str) -> tuple[str, list[str]]:
    """The document that shares most words with the question, and its 24 tokens nearest to the question's words."""
    asked = {word.lower() for word in tokens(question) if len(word) > 3}
    overlap = {name: sum(word.lower() in asked for word in tokens(text)) for name, text in documents().items()}
    name = max(overlap, key=lambda key: overlap[key])
    words = tokens(documents()[name])
    hits = np.convolve([word.lower() in asked for word in words], np.ones(24), mode="valid")
    start = int(np.argmax(hits))
    return name, words[start : start + 24]


@cache
def _table() -> dict[tuple[str, str], tuple[str, ...]]:
    following: dict[tuple[str, str], list[str]] = defaultdict(list)
    for text in documents().values():
        words = tokens(text)
        for first, second, third in zip(words, words[1:], words[2:], strict=False):
            following[first, second].append(third)
    return {pair: tuple(words) for pair, words in following.items()}


def generate(rng: np.random.Generator, context: list[str], length: int) -> list[str]:
    """`length` tokens that continue the context; where the trigrams end, it begins anew at a random place."""
    table = _table()
    starts = list(table)
    pair = (context[-2], context[-1]) if len(context) > 1 else starts[0]
    answer: list[str] = []
    while len(answer) < length:
        choices = table.get(pair)
        if choices is None:
            pair = starts[int(rng.integers(len(starts)))]
            choices = table[pair]
        word = choices[int(rng.integers(len(choices)))]
        answer.append(word)
        pair = (pair[1], word)
    return answer


def answer_length(rng: np.random.Generator, factor: int = 1) -> int:
    """How many tokens an answer gets: 12 to 160, `factor` times as many when the prompt went wrong."""
    return factor * int(np.clip(rng.gamma(3.0, MEAN_ANSWER / 3.0), 12, 160))
