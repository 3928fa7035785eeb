"""SPL text to plan and back: round trip over generated plans, robustness against any text, messages."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.language.dialects import spl
from pilotage.language.plan import nodes
from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Match, Member, Term, Unary
from pilotage.language.plan.nodes import Aggregation, Node, SortKey, TimeRange
from pilotage.language.plan.patterns import pattern_of
from pilotage.language.plan.walk import chain
from pilotage.language.syntax.buckets import NOTHING
from pilotage.model.problem import PilotageError

NOW = 1767781845 * 10**9
CONTEXT = spl.context(NOW)

LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="*`")
TEXTS = st.text(LETTERS, max_size=8) | st.sampled_from(
    ['a"b', "a'b", "a\\", 'x\\"', "a|b", "[x]", "a, b", " ", "\n", "AND", "in", "by", "as", "5", "-x", "a=b"]
)
NAMES = TEXTS.filter(bool) | st.sampled_from(["service", "http.status", "k8s.pod-name", "_time"])
FIELDS = NAMES.filter(
    lambda name: name not in {"_index", "_sourceCategory", "_sourceName", "_sourceHost", "earliest", "latest", "timeformat", "index"}
)
PATTERNS = st.lists(TEXTS, min_size=1, max_size=3).map(lambda parts: pattern_of(tuple(parts)))
WILD = st.lists(TEXTS, min_size=2, max_size=3).map(lambda parts: pattern_of(tuple(parts))).filter(lambda text: text != "*")
INDEXES = st.lists(PATTERNS, min_size=1, max_size=2, unique=True).map(tuple)
FLAG = st.booleans()
COUNT = st.integers(1, 10**6)


def words(low: int = 1, high: int = 3, unique: bool = False) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(NAMES, min_size=low, max_size=high, unique=unique).map(tuple)


def _chained(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.builds(chain, st.sampled_from(["AND", "OR"]), st.lists(parts, min_size=2, max_size=4))


LEAVES = st.one_of(
    st.builds(Term, TEXTS),
    st.builds(Term, WILD, wildcard=st.just(True)),
    st.builds(Term, TEXTS, case_sensitive=st.just(True)),
    st.builds(Term, TEXTS, exact_token=st.just(True)),
    st.builds(Match, FIELDS, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), st.tuples(PATTERNS)),
    st.builds(Match, FIELDS, st.just("="), st.tuples(PATTERNS, PATTERNS)),
    st.builds(Match, FIELDS, st.just("="), st.tuples(PATTERNS), case_sensitive=st.just(True)),
)
CLAUSES = st.recursive(LEAVES, lambda parts: _chained(parts) | st.builds(Unary, st.just("NOT"), parts), max_leaves=6)

OPERATORS = ["+", "-", "*", "/", "%", ".", "=", "!=", "<", "<=", ">", ">=", "LIKE", "XOR"]
VALUES = st.one_of(
    st.builds(Field, NAMES),
    st.builds(Literal, st.none() | FLAG | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS),
    LEAVES,
)


def _larger(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    lists = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Binary, st.sampled_from(OPERATORS), parts, parts),
        _chained(parts),
        st.builds(Unary, st.just("NOT"), parts),
        st.builds(Unary, st.just("-"), parts.filter(lambda part: not isinstance(part, Literal))),
        st.builds(Member, parts, lists),
        st.builds(Call, st.just("coalesce"), lists),
        st.builds(lambda a, b, c: Call("if", (a, b, c)), parts, parts, parts),
    )


EXPRESSIONS = st.recursive(VALUES, _larger, max_leaves=8)
CONDITIONS = st.builds(Binary, st.sampled_from(["=", "<", "LIKE"]), EXPRESSIONS, EXPRESSIONS)

AGGREGATIONS = st.one_of(
    st.builds(Aggregation, st.just("count"), st.none(), NAMES),
    st.builds(Aggregation, st.sampled_from(["avg", "values", "dc", "count"]), st.builds(Field, NAMES), NAMES),
    st.builds(Aggregation, st.just("sum"), CONDITIONS, NAMES),
    st.builds(Aggregation, st.just("perc"), st.builds(Field, NAMES), NAMES, st.sampled_from([50.0, 99.9, 0.0, 100.0])),
    st.builds(lambda stem: Aggregation("max", Field(f"{stem}*"), f"{stem}_*", None, wildcard=True), NAMES),
)
RESULTS = st.lists(AGGREGATIONS, min_size=1, max_size=3, unique_by=lambda aggregation: aggregation.alias).map(tuple)
KEYS = st.lists(st.builds(SortKey, NAMES, FLAG, st.sampled_from(["auto", "num", "str", "ip"])), min_size=1, max_size=3).map(tuple)
TIMES = st.none() | st.integers(-(10**18), 4 * 10**18).filter(bool)
SPANS = st.sampled_from([(10.0, ""), (5.0, "m"), (1.0, "mon"), (250.0, "ms"), (0.5, "s")])


@st.composite
def bins(draw: st.DrawFn, field: str | None = None, *, automatic: bool = True, most: int = 100) -> nodes.Bin:
    name = field or draw(NAMES.filter(lambda name: name != "_time"))
    alias = draw(NAMES) if field is None else field
    floor = draw(st.none() | st.integers(1, 999).map(float))
    align = draw(st.none() | st.integers(-1000, 10**9).map(float))
    value, unit = draw(SPANS.filter(lambda span: field != "_time" or span[1])) if not automatic or draw(FLAG) else (None, "")
    return nodes.Bin(NOTHING, name, alias, value, unit, draw(st.just(most) | COUNT), align, None, None, floor)


@st.composite
def steps(draw: st.DrawFn, rows: Node, time: TimeRange) -> Node:
    kind = draw(st.integers(0, 15))
    if kind == 0:
        return nodes.Filter(rows, draw(CLAUSES), command="search")
    if kind == 1:
        return nodes.Filter(rows, draw(CONDITIONS), command="where")
    if kind == 2:
        return nodes.Extend(rows, draw(st.lists(st.tuples(NAMES, EXPRESSIONS), min_size=1, max_size=3).map(tuple)))
    if kind == 3:
        text = f"(?<g>{re.escape(draw(TEXTS))})"
        return nodes.Extract(rows, draw(NAMES), text, draw(st.integers(0, 5)), draw(st.none() | NAMES))
    if kind == 4:
        return nodes.Project(rows, draw(words()), draw(st.sampled_from(["table", "keep", "drop"])))
    if kind == 5:
        return nodes.Rename(rows, draw(st.lists(st.tuples(NAMES, NAMES) | st.just(("a.*", "*")), min_size=1, max_size=3).map(tuple)))
    if kind == 6:
        return nodes.Sort(rows, draw(KEYS), draw(st.integers(0, 20000)))
    if kind == 7:
        return nodes.Limit(rows, draw(st.integers(0, 1000)), draw(FLAG))
    if kind == 8:
        return nodes.While(rows, draw(CONDITIONS), draw(FLAG), draw(FLAG), draw(st.integers(0, 9)))
    if kind == 9:
        results = draw(RESULTS)
        taken = {result.alias for result in results}
        return nodes.Aggregate(rows, results, tuple(name for name in draw(words(0, 3, unique=True)) if name not in taken))
    if kind == 10:
        found = draw(bins())
        return nodes.Bin(
            rows, found.field, found.alias, found.span_value, found.unit, found.bins, found.align, 1.5, None, found.minimum_span
        )
    if kind == 11:
        return nodes.Dedup(rows, draw(words()), draw(COUNT), draw(FLAG), draw(FLAG), draw(FLAG), draw(st.just(()) | KEYS))
    if kind == 12:
        names = draw(words(4, 5, unique=True))
        flags = (draw(FLAG), draw(FLAG), draw(FLAG), draw(TEXTS))
        return nodes.Top(rows, names[2:4], names[4:], draw(st.integers(0, 20)), draw(FLAG), names[0], names[1], *flags)
    if kind == 13:
        return nodes.FillNull(rows, draw(TEXTS), draw(words(0)))
    return draw(series(rows, time, timechart=kind == 14))


@st.composite
def series(draw: st.DrawFn, rows: Node, time: TimeRange, *, timechart: bool) -> Node:
    chosen = {
        "limit": draw(st.integers(0, 20)),
        "bottom": draw(FLAG),
        "rank": draw(st.sampled_from(["sum", "avg", "max"])),
        "use_other": draw(FLAG),
        "use_null": draw(FLAG),
        "other": draw(TEXTS),
        "null_name": draw(TEXTS),
        "range": time,
        "separator": draw(TEXTS),
        "format": draw(st.none() | TEXTS),
    }
    by = draw(st.none() | NAMES.filter(lambda name: name != "_time"))
    results = tuple(replace(result, alias=f"{result.alias}!") if result.alias == "_time" else result for result in draw(RESULTS))
    if timechart:
        grid = draw(bins("_time", automatic=False))
        flags = {"fill": draw(FLAG), "fixed_range": draw(FLAG), "partial": draw(FLAG)}
        return nodes.Series(rows, results, "_time", by, over_bin=grid, **flags, **chosen)
    taken = {"_time", by, *(result.alias for result in results)}
    over = draw(NAMES.filter(lambda name: name not in taken))
    over_bin = draw(st.none() | bins(over, automatic=False, most=300))
    by_bin = draw(st.none() | bins(by, automatic=False, most=300)) if by else None
    return nodes.Series(rows, results, over, by, over_bin=over_bin, by_bin=by_bin, **chosen)


@st.composite
def plans(draw: st.DrawFn) -> Node:
    if draw(st.integers(0, 4)) == 0:
        time, plan = TimeRange(), spl.parse(f"| makeresults count={draw(st.integers(1, 5))}", CONTEXT)
    else:
        time = TimeRange(draw(TIMES), draw(TIMES))
        plan = nodes.Scan(draw(INDEXES), time, draw(st.none() | CLAUSES))
    for _ in range(draw(st.integers(0, 3))):
        plan = draw(steps(plan, time))
    return plan


@given(plans())
@settings(max_examples=300, deadline=None)
def test_a_printed_plan_parses_to_the_same_plan(plan: Node) -> None:
    assert spl.parse(spl.print_plan(plan), CONTEXT) == plan


WORDS = """index=main | stats count by eval x = " ' \\ ( ) [ ] ` ``` IN NOT AND OR , -5 as * where timechart span=1h rex (?<a>b) sort dedup head
avg( earliest=-1h bin chart over {k} . 1e3 % rename"""
SOUP = st.lists(st.sampled_from(WORDS.split()), max_size=25).map(" ".join)


@given(st.text(max_size=60) | SOUP | SOUP.map(lambda text: text.replace(" ", "")))
@settings(max_examples=600, deadline=None)
def test_any_text_is_a_plan_or_a_problem_that_points_into_it(text: str) -> None:
    try:
        plan = spl.parse(text, CONTEXT)
    except PilotageError as error:
        problem = error.problem
    else:
        assert spl.parse(spl.print_plan(plan), CONTEXT) == plan
        return
    assert problem.span is None or 0 <= problem.span.start <= problem.span.end <= len(text) + 1


@pytest.mark.parametrize("text", ["(" * 5000, "index=main | where " + "(" * 5000, "NOT " * 5000, "index=main | eval x=" + "-" * 5000 + "1"])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(PilotageError, match="expression-too-deep"):
        spl.parse(text, CONTEXT)


def test_long_sums_are_refused_and_long_choices_are_not() -> None:
    with pytest.raises(PilotageError, match="expression-too-deep"):
        spl.parse("index=main | eval x=" + "+".join(["1"] * 1000), CONTEXT)
    many = " OR ".join(f"f={number}" for number in range(3000))
    plan = spl.parse(f"index=main ({many}) | where {many}", CONTEXT)
    assert spl.parse(spl.print_plan(plan), CONTEXT) == plan


def test_many_open_apostrophes_are_read_in_linear_time() -> None:
    with contextlib.suppress(PilotageError):
        spl.parse("index=main | eval x=" + "'\\" * 90_000, CONTEXT)


@pytest.mark.parametrize(
    ("query", "rendered"),
    [
        (
            "index=main | stats medain(ms)",
            "unknown-function: no aggregate function `medain`\n  index=main | stats medain(ms)\n                     ~~~~~~\n  did you mean `median`?",
        ),
        (
            "index=main | sats count",
            "unknown-command: no command `sats`\n  index=main | sats count\n               ~~~~\n  did you mean `stats`?",
        ),
        (
            "index=main\n| timechart spam=1h count",
            "unknown-option: `timechart` has no option `spam`\n  | timechart spam=1h count\n              ~~~~\n  did you mean `span`?",
        ),
        (
            "index=main | eval x=lowr(y)",
            "unknown-function: no function `lowr`\n  index=main | eval x=lowr(y)\n                      ~~~~\n  did you mean `lower`?",
        ),
    ],
)
def test_messages_underline_and_suggest(query: str, rendered: str) -> None:
    with pytest.raises(PilotageError) as caught:
        spl.parse(query, CONTEXT)
    assert caught.value.problem.render(query) == rendered


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "query-empty"),
        ("  ``` only a comment ```", "query-empty"),
        ("| stats count by host", "no-source"),
        ("| head 5", "no-source"),
        ("index=main | makeresults", "not-first"),
        ("index=main |", "command-missing"),
        ("index=main | | head", "command-missing"),
        ("index=main [search x", "bracket-open"),
        ("`my_macro(1)` | head", "macro-unknown"),
        ("index=main ``` open", "comment-open"),
        ('index=main "open', "quote-open"),
        ("index=main" + " | head" * 200, "query-too-long"),
        ("x" * 300_000, "query-too-long"),
        ("index=main | eval x=round()", "arguments"),
        ("index=main | eval x=avg(", "syntax"),
        ("index=main | stats count count", "name-twice"),
        ("index=main | stats count AS host BY host", "name-twice"),
        ("index=main | head 5 limit=5", "option-value"),
        ("index=main | table a limit=5", "unknown-option"),
        ("index=main | top limit=1 limit=2 x", "option-twice"),
    ],
)
def test_refusals(query: str, code: str) -> None:
    with pytest.raises(PilotageError) as caught:
        spl.parse(query, CONTEXT)
    assert caught.value.problem.code == code


def test_macro_and_command_are_named() -> None:
    with pytest.raises(PilotageError, match=r"`my_macro\(1\)`"):
        spl.parse("`my_macro(1)`", CONTEXT)
    with pytest.raises(PilotageError, match="opened but never closed"):
        spl.parse("index=main | append [search x", CONTEXT)
    with pytest.raises(PilotageError, match="between the brackets"):
        spl.parse("index=main | append [ ]", CONTEXT)


def test_names_of_commands_and_functions_ignore_case_but_fields_do_not() -> None:
    assert spl.parse("index=main | STATS Count AS n BY Host", CONTEXT) == spl.parse("index=main | stats count AS n by Host", CONTEXT)
    assert spl.parse("index=main | table Host", CONTEXT) != spl.parse("index=main | table host", CONTEXT)


def test_the_request_gives_range_and_zone() -> None:
    context = spl.context(NOW, ZoneInfo("Europe/Berlin"), "@d", "now")
    scan = spl.parse("error", context)
    assert isinstance(scan, nodes.Scan)
    assert scan.time == TimeRange(1767740400 * 10**9, NOW)
    assert spl.context(NOW, earliest="0").time == TimeRange()
