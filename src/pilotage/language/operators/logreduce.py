"""`logreduce`: messages that differ in their values only become one row."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.model.problem import fail

_RESULTS = ("_count", "signature", "_signature_id", "_relevance")
_ORDERS = ("mostcommon", "leastcommon")


def parse(stage: Stage, rows: Node) -> Node:
    """`logreduce [field=f | (f)] [by g, …] [limit=n] [, criteria=mostcommon|leastcommon] [optimize]`."""
    source, by, limit, order = None, tuple[str, ...](), 0, ""
    if stage.accept("("):
        source = stage.field()
        stage.expect(")", "closing the parenthesis")
    while not stage.done():
        stage.accept(",")
        if (given := stage.source()) is not None:
            source = given
        elif stage.sees("by", "group"):
            by = stage.by()
        elif stage.keyword("limit"):
            limit = _limit(stage)
        elif stage.keyword("criteria"):
            order = _order(stage)
        elif stage.keyword("optimize"):
            # Signatures are always worked out afresh, once for each different text.
            continue
        elif source is None and not by:
            source = stage.field()
        else:
            raise stage.unexpected("`by`, `limit=` or `criteria=`")
    if source is None and stage.names.closed:
        raise stage.refuse("rows without messages", "name the text: `logreduce field=message`")
    source = source or stage.names.use("_raw")
    stage.names.close(*by, *(_RESULTS[:2] if by else _RESULTS))
    options = (("source", source), ("by", "\n".join(by)), ("limit", limit), ("order", order or "leastcommon"), ("side", ""))
    return Transform(rows, "signatures", options, (source, *by), keeps=False, command="logreduce", span=stage.span)


def _limit(stage: Stage) -> int:
    stage.accept("=")
    if stage.accept("*"):
        # A variable without a value.
        return 0
    count = stage.integer()
    if not count:
        raise stage.unexpected("a number of signatures")
    return count


def _order(stage: Stage) -> str:
    stage.accept("=")
    stage.space()
    start = stage.position
    word = stage.new_name("`mostcommon` or `leastcommon`").lower()
    if word not in _ORDERS:
        hint = "write `mostcommon` or `leastcommon`"
        raise fail("option-value", f"`{word}` is no value for `criteria`", span=stage.since(start), hint=hint)
    return word


OPERATOR = Operator(
    spellings=("logreduce", "summarize"),
    synopsis="logreduce [field=<field>] [by <field>, …] [limit=<number>] [criteria=mostcommon|leastcommon]",
    summary="Makes a row of each signature of the messages, or of a field: texts that differ in numbers, dates or single words only.",
    parse=parse,
    examples=(
        Example("error | logreduce", "What kinds of errors there are, the rarest first."),
        Example("* | logreduce(_raw) by service limit=5, criteria=mostcommon", "The five most common lines of each service."),
        Example(
            "* | timeslice 1h | logreduce by _timeslice | transpose row _timeslice column signature", "How often each occurs over time."
        ),
    ),
    notes=(
        "Adds `_count` and `signature`; without `by` also `_signature_id` and `_relevance` (0 = all are like it, 1 = there once).",
        "`limit` keeps signatures of each group. The 50,000 most frequent texts are compared; a message says when there are more.",
    ),
)
