"""Where the cursor of an unfinished query stands: in which pipe, stage, call, quote or comment. Never fails, whatever the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

HIDDEN = "\u00b7"
"""Stands for every letter inside a quoted text and inside brackets that are closed."""
HEAD = 80
"""Letters of a stage in which the name of its command is looked for."""
_NAME = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*)\s*=?\s*$")


@dataclass(slots=True)
class Pipe:
    """A pipe that is open at the cursor: where its inside begins, where its last stage begins, and which one that is from 1.

    `opener` is the place of the bracket before it, -1 of the query; `branch`: it works on the rows before the bracket.
    """

    start: int
    stage: int
    number: int = 1
    opener: int = -1
    branch: bool = False


@dataclass(slots=True)
class Call:
    """A parenthesis that is open at the cursor: the word before it, where that and the inside begin, and the commas in it so far."""

    name: str
    word: int
    start: int
    commas: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A text up to the cursor. `masked` has the same length, with comments blank and quoted texts and closed brackets hidden.

    `quote` is where an open quote begins, with its mark.
    """

    text: str
    masked: str
    pipes: tuple[Pipe, ...]
    calls: tuple[Call, ...]
    quote: tuple[str, int] | None = None
    comment: bool = False

    @property
    def pipe(self) -> Pipe:
        """The innermost pipe."""
        return self.pipes[-1]

    @property
    def stage(self) -> str:
        """The masked text of the stage up to the cursor."""
        return self.masked[self.pipe.stage :]


class Trace:
    """Follows brackets, pipes and commas while a text is read from its start."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.letters = list(text)
        self.pipes = [Pipe(0, 0)]
        self.open: list[Pipe | Call] = list(self.pipes)
        self.quote: tuple[str, int] | None = None
        self.comment = False
        self._closed: list[tuple[int, int]] = []

    @property
    def pipe(self) -> Pipe:
        """The innermost pipe."""
        return self.pipes[-1]

    def blank(self, start: int, end: int) -> None:
        """A comment."""
        self.letters[start:end] = [letter if letter == "\n" else " " for letter in self.letters[start:end]]

    def hide(self, start: int, end: int) -> None:
        """The inside of a quoted text."""
        self.letters[start:end] = HIDDEN * (end - start)

    def left_open(self, mark: str, start: int) -> None:
        """A quote that nothing closes before the cursor."""
        self.quote = (mark, start)
        self.hide(start + 1, len(self.text))

    def head(self) -> str:
        """The beginning of the stage, masked: its command stands there."""
        return "".join(self.letters[self.pipe.stage : self.pipe.stage + HEAD])

    def enter(self, pipe: Pipe) -> None:
        """A bracket that a pipe is in."""
        self.pipes.append(pipe)
        self.open.append(pipe)

    def call(self, position: int) -> None:
        """A `(` that begins no pipe."""
        found = _NAME.search("".join(self.letters[max(self.pipe.stage, position - 80) : position]))
        name = found[1] if found else ""
        word = position - len(found[0]) if found else position
        self.open.append(Call(name.lower(), word, position + 1))

    def end_call(self) -> None:
        """A `)` that ends no pipe."""
        if isinstance(self.open[-1], Call):
            self.open.pop()

    def end_pipe(self, position: int) -> None:
        """The bracket behind a pipe; what stayed open inside ends with it. Behind the query's own there is none."""
        if len(self.pipes) == 1:
            return
        pipe = self.pipes.pop()
        while self.open.pop() is not pipe:
            continue
        while self._closed and self._closed[-1][0] >= pipe.start:
            self._closed.pop()
        self._closed.append((pipe.start, position))

    def comma(self) -> None:
        """Between arguments of the innermost call."""
        if isinstance(self.open[-1], Call):
            self.open[-1].commas += 1

    def bar(self, position: int) -> None:
        """A `|`: what is open in the stage before it was never closed."""
        while isinstance(self.open[-1], Call):
            self.open.pop()
        pipe = self.pipe
        pipe.stage = position + 1
        pipe.number += 1

    def place(self) -> Place:
        """Where the end of the text is."""
        for start, end in self._closed:
            self.hide(start, end)
        calls = tuple(each for each in self.open[self.open.index(self.pipe) + 1 :] if isinstance(each, Call))
        masked = "".join(self.letters)
        return Place(
            self.text, masked, tuple(self.pipes), tuple(each for each in calls if isinstance(each, Call)), self.quote, self.comment
        )
