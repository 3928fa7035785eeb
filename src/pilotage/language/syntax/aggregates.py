"""Lists of aggregates: `count`, `avg(x) AS y`, `count(eval(status>=500)) AS errors`, `perc95(ms)`, `values(*) AS *`."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Expression, Field
from pilotage.language.plan.nodes import Aggregation, Sparkline
from pilotage.language.syntax.arguments import Arguments, Word, number_text, word_text
from pilotage.language.syntax.evaluation import check_count
from pilotage.language.syntax.printing import eval_text
from pilotage.language.syntax.scanner import nearest
from pilotage.model.problem import Span, fail
from pilotage.model.time import read_span

SPARKLINE = "sparkline"
SPARKED = frozenset({"count", "dc", "avg", "stdev", "stdevp", "var", "varp", "sum", "sumsq", "min", "max", "range"})
"""The aggregates that a sparkline can draw."""
PARAMETRIC = frozenset({"perc", "exactperc", "upperperc"})

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\d+)?")
_PARAMETRIC = re.compile(r"([a-z]+?)(\d{1,3}(?:\.\d{1,4})?)")
_PARENTHESES = re.compile(r"\([^\s()\"]*\)")
_EVAL = re.compile(r"eval\s*\(\s*", re.IGNORECASE)


def read_aggregations(arguments: Arguments, *stops: str) -> tuple[Aggregation, ...]:
    """Aggregates up to the end, to `BY`, `OVER` or one of `stops`; options in between are read. At least one is needed."""
    found: list[Aggregation] = []
    stop = re.compile(rf"(?:{'|'.join(('by', 'over', *stops))})(?![^\s,()\"'])", re.IGNORECASE)
    while True:
        arguments.take_options()
        if arguments.done() or arguments.see(stop):
            break
        found.append(_aggregation(arguments))
    if not found:
        raise arguments.unexpected("an aggregate such as `count` or `avg(field)`")
    _distinct(found)
    return tuple(found)


def function_of(arguments: Arguments, written: str, span: Span) -> tuple[str, float | None]:
    """Canonical name and parameter of an aggregate as written. Raises code `unknown-function`."""
    known = arguments.context.vocabulary.aggregates
    name = written.lower()
    if parts := _PARAMETRIC.fullmatch(name):
        base = known[parts[1]].name if parts[1] in known else ""
        if base in PARAMETRIC:
            if not 0 <= float(parts[2]) <= 100:
                raise fail("arguments", f"a percentile lies between 0 and 100, `{written}`", span=span)
            return base, float(parts[2])
    name = known[name].name if name in known else name
    if name in PARAMETRIC and name in known:
        raise fail("arguments", f"`{written}` needs a number", span=span, hint=f"write `{name}95(field)`")
    if name not in known:
        hint = nearest(name, known)
        if name in arguments.context.vocabulary.evals:
            hint = f"`{name}` is a function of `eval`: use it as in `sum(eval({name}(…)))`"
        elif hint is None and arguments.command.endswith("stats"):
            hint = f"to group by a field of this name write `BY {written}`"
        raise fail("unknown-function", f"no aggregate function `{written}`", span=span, hint=hint)
    return name, None


def _aggregation(arguments: Arguments) -> Aggregation:
    arguments.space()
    start = arguments.position
    name = arguments.take(_NAME)
    if name is None:
        raise arguments.unexpected("an aggregate such as `count` or `avg(field)`")
    word = arguments.since(start)
    if name[0].lower() == SPARKLINE:
        return _sparkline(arguments, start)
    function, parameter = function_of(arguments, name[0], word)
    argument: Expression | None = None
    alias = name[0]
    wildcard = False
    if arguments.peek() == "(":
        arguments.position += 1
        argument, shown = _argument(arguments)
        arguments.expect(")", f"closing `{name[0]}(`")
        alias = f"{alias}({shown})" if argument is not None else alias
        wildcard = isinstance(argument, Field) and "*" in argument.name
    known = arguments.context.vocabulary.aggregates[function]
    if argument is None and known.minimum:
        raise fail("arguments", f"`{name[0]}` needs a field", span=arguments.since(start), hint=f"write `{name[0]}(field)`")
    check_count(name[0], known, int(argument is not None), arguments.since(start))
    if arguments.keyword("as"):
        alias = _alias(arguments, argument if wildcard else None)
    return Aggregation(function, argument, alias, parameter, wildcard, span=arguments.since(start))


def _sparkline(arguments: Arguments, start: int) -> Aggregation:
    """`sparkline[(<aggregate>[(<field>)][, <span>])]`, whose name has been read."""
    argument: Expression | None = None
    spark = Sparkline()
    if arguments.accept("("):
        inner = arguments.take(_NAME)
        if inner is None:
            raise arguments.unexpected("an aggregate such as `count` or `avg(field)`")
        known = arguments.context.vocabulary.aggregates.get(inner[0].lower())
        if known is None or known.name not in SPARKED:
            hint = f"it draws {', '.join(sorted(SPARKED))}"
            raise fail("unsupported", f"`sparkline` cannot draw `{inner[0]}`", span=arguments.since(start), hint=hint)
        if arguments.accept("("):
            argument, _ = _argument(arguments)
            arguments.expect(")", f"closing `{inner[0]}(`")
        if argument is None and known.name != "count":
            raise fail(
                "arguments", f"`{inner[0]}` needs a field", span=arguments.since(start), hint=f"write `sparkline({inner[0]}(field))`"
            )
        spark = Sparkline(known.name)
        if arguments.accept(","):
            word = arguments.read_word("a span such as `5m`")
            spark = Sparkline(known.name, read_span(word.text, word.span).seconds)
        arguments.expect(")", "closing `sparkline(`")
    alias = arguments.text_from(start).rstrip()
    if arguments.keyword("as"):
        alias = _alias(arguments, None)
    return Aggregation(SPARKLINE, argument, alias, spark=spark, span=arguments.since(start))


def _argument(arguments: Arguments) -> tuple[Expression | None, str]:
    """A field, a `*` pattern or `eval(…)`, and how it was written; nothing for `()`."""
    arguments.space()
    if arguments.peek() == ")":
        return None, ""
    start = arguments.position
    if arguments.take(_EVAL):
        expression = arguments.read_expression()
        arguments.expect(")", "closing `eval(`")
        return expression, arguments.text_from(start)
    word = arguments.read_word("a field or `eval(…)`")
    if arguments.peek() == "(":
        hint = "calculate inside `eval( )`, as in `sum(eval(a*b))`"
        raise fail("syntax", f"`{word.text}(…)` cannot stand inside an aggregate", span=word.span, hint=hint)
    return Field(word.text, span=word.span), word.text


def _alias(arguments: Arguments, pattern: Expression | None) -> str:
    word = arguments.read_word("a name after AS")
    if not word.quoted and (rest := arguments.take(_PARENTHESES)):
        # `values(x) as x(y)` is a name of its own.
        word = Word(word.text + rest[0], Span(word.span.start, rest.end()), quoted=True)
    if isinstance(pattern, Field) and word.text.count("*") != pattern.name.count("*"):
        sentence = f"`{pattern.name}` and `{word.text}` have different numbers of `*`"
        raise fail("wildcards", sentence, span=word.span, hint="give both names the same stars, as in `sum(a_*) AS b_*`")
    return word.text


def _distinct(found: list[Aggregation]) -> None:
    seen: set[str] = set()
    for aggregation in found:
        if aggregation.alias in seen:
            sentence = f"two results are called `{aggregation.alias}`"
            raise fail("name-twice", sentence, span=aggregation.span, hint="give one of them another name with AS")
        seen.add(aggregation.alias)


def aggregation_text(aggregation: Aggregation) -> str:
    """One aggregate as text, with AS only where the name is not the one it would get anyway."""
    if aggregation.spark is not None:
        return _sparkline_text(aggregation, aggregation.spark)
    name = aggregation.function + ("" if aggregation.parameter is None else number_text(aggregation.parameter))
    plain = name
    text = name
    if isinstance(aggregation.argument, Field):
        plain = f"{name}({aggregation.argument.name})"
        text = f"{name}({word_text(aggregation.argument.name)})"
    elif aggregation.argument is not None:
        plain = text = f"{name}(eval({eval_text(aggregation.argument)}))"
    return text if aggregation.alias == plain else f"{text} AS {word_text(aggregation.alias)}"


def _sparkline_text(aggregation: Aggregation, spark: Sparkline) -> str:
    inner = spark.function
    if aggregation.argument is not None:
        inner = aggregation_text(Aggregation(spark.function, aggregation.argument, f"{spark.function}(…)")).partition(" AS ")[0]
    text = f"sparkline({inner}{'' if spark.seconds is None else f', {number_text(spark.seconds)}s'})"
    return text if aggregation.alias == text else f"{text} AS {word_text(aggregation.alias)}"


def aggregations_text(aggregations: tuple[Aggregation, ...]) -> str:
    """A list of aggregates."""
    return " ".join(aggregation_text(aggregation) for aggregation in aggregations)
