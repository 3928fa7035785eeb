"""The one error type: what is wrong, where, and what to do about it.

A `Problem` is a value. `PilotageError` carries one from where it is known to the boundary (`api`, `cli`, a protocol's
`reject`, `schedule`) that renders it; warnings are the same type in a result's messages and are never raised.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of character offsets `[start, end)` in the text a person wrote."""

    start: int
    end: int

    def join(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `code` is a stable word `[a-z-]+`; `sentence` starts lower-case, ends without a full stop and names the thing and its
    limit; `span` points into the query; `hint` is the remedy; `doc` a path under `docs/`.
    """

    code: str
    sentence: str
    span: Span | None = None
    hint: str | None = None
    doc: str | None = None

    def document(self) -> dict[str, object]:
        """The JSON form `{code, sentence, span, hint, doc}`; `span` is `[start, end]` or null."""
        return {
            "code": self.code,
            "sentence": self.sentence,
            "span": [self.span.start, self.span.end] if self.span else None,
            "hint": self.hint,
            "doc": self.doc,
        }

    def render(self, text: str | None = None) -> str:
        """The terminal form: `code: sentence`, the line of `text` it points at underlined with `~`, the hint."""
        lines = [f"{self.code}: {self.sentence}"]
        if text is not None and self.span is not None:
            start = min(self.span.start, len(text))
            begin = text.rfind("\n", 0, start) + 1
            end = text.find("\n", start)
            line = text[begin : end if end >= 0 else len(text)]
            width = max(1, min(self.span.end, begin + len(line)) - start)
            lines += [f"  {line}", "  " + " " * (start - begin) + "~" * width]
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class PilotageError(Exception):
    """Carries one `Problem` to the boundary that renders it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.sentence}")
        self.problem = problem


def fail(code: str, sentence: str, *, span: Span | None = None, hint: str | None = None, doc: str | None = None) -> PilotageError:
    """Build a `PilotageError` ready to raise."""
    return PilotageError(Problem(code, sentence, span, hint, doc))
