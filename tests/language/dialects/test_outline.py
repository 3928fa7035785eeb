"""Cutting a query at its pipes: quotes, comments, apostrophes."""

from __future__ import annotations

import pytest

from pilotage.language.dialects.outline import DEEPEST, outline
from pilotage.model.problem import PilotageError, Span


def cut(text: str) -> list[tuple[str, str]]:
    found = outline(text)
    return [(piece.name, found.text[piece.start : piece.end].strip()) for piece in found.pieces]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("error", [("search", "error")]),
        ("search error", [("search", "error")]),
        ("SEARCH error | Head 5", [("search", "error"), ("head", "5")]),
        ("searching", [("search", "searching")]),
        ("| makeresults | eval x=1", [("makeresults", ""), ("eval", "x=1")]),
        ('"a|b" | head', [("search", '"a|b"'), ("head", "")]),
        (r'"a\"|b" | head', [("search", r'"a\"|b"'), ("head", "")]),
        (r"a=*\"b\"* | head", [("search", r"a=*\"b\"*"), ("head", "")]),
        ("don't | head", [("search", "don't"), ("head", "")]),
        ("a | eval x='p|q'", [("search", "a"), ("eval", "x='p|q'")]),
        ("a | table it's | head", [("search", "a"), ("table", "it's"), ("head", "")]),
        ("a | head(x=1)", [("search", "a"), ("head", "(x=1)")]),
        ('a ``` c | d " ``` b | head', [("search", "a                 b"), ("head", "")]),
        ('a="```" | head', [("search", 'a="```"'), ("head", "")]),
        ("a | rex [a-z]|b", [("search", "a"), ("rex", "[a-z]"), ("b", "")]),
    ],
)
def test_pieces(text: str, pieces: list[tuple[str, str]]) -> None:
    assert cut(text) == pieces


def test_positions_are_those_of_the_text() -> None:
    text = "``` x ``` a | head 5"
    piece = outline(text).pieces[1]
    assert text[piece.word.start : piece.word.end] == "head"
    assert text[piece.start : piece.end] == " 5"


def test_a_pipe_in_brackets_does_not_cut() -> None:
    text = 'a [search [b | head] "]|" c] d | head 5'
    first, second = outline(text).pieces
    assert text[first.start : first.end] == 'a [search [b | head] "]|" c] d '
    assert second.name == "head"


def test_an_open_bracket_is_underlined() -> None:
    with pytest.raises(PilotageError) as caught:
        outline("a [search [b] c d")
    assert (caught.value.problem.code, caught.value.problem.span) == ("bracket-open", Span(2, 3))


def test_brackets_nest_to_a_limit():
    deep = "index=a"
    for _ in range(DEEPEST):
        deep = f"index=a [search {deep}]"
    assert len(outline(deep).pieces) == 1
    with pytest.raises(PilotageError, match="nest deeper than 16 levels") as caught:
        outline(f"index=a [search {deep}]")
    assert caught.value.problem.code == "nested-too-deep"
    assert outline('index=a | rex "' + "[" * 40 + '"').pieces[1].name == "rex"
