"""Plan nodes of the commands that train and use models. They are read and printed; nothing runs them yet (`rewrites.learning`)."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.nodes import Node

Settings = tuple[tuple[str, str], ...]
"""Options of a model as written: (name in lower case, value)."""


@dataclass(frozen=True, slots=True)
class Fit(Node):
    """`fit`: train `algorithm` and add its answers. With `features` the one of `fields` is predicted, else `fields` are used alone.

    `by` trains a part a group; the model is kept as `model` unless that is ''; `alias` names the answer.
    """

    input: Node
    algorithm: str
    fields: tuple[str, ...]
    features: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    model: str = ""
    alias: str = ""
    settings: Settings = ()


@dataclass(frozen=True, slots=True)
class Apply(Node):
    """`apply`: the answers of a kept model beside the rows, as `alias` unless that is ''."""

    input: Node
    model: str
    alias: str = ""
    settings: Settings = ()


@dataclass(frozen=True, slots=True)
class Score(Node):
    """`score`: how well `predicted` fields fit `actual` ones, by `method`; some methods take the actual ones alone."""

    input: Node
    method: str
    actual: tuple[str, ...]
    predicted: tuple[str, ...] = ()
    settings: Settings = ()


@dataclass(frozen=True, slots=True)
class Summary(Node):
    """`summary`: what a kept model learned, as rows; a source."""

    model: str


LEARNING = (Fit, Apply, Score, Summary)
