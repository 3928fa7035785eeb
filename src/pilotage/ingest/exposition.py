"""Metrics written as lines, read by the engine: Graphite, Carbon 2.0 and the Prometheus text format."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.ingest.members import literal

_NUMBER = "[+-]?(?:(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:nan|inf|infinity))"
_TIME = "(?:-1|[0-9]{1,19}(?:[.][0-9]*)?)"
_SPACE = r"[ \t]"
# Escapes as the format has them; other control characters than a tab are no text.
_VALUE = r'"(?:[^"\\\x00-\x08\x0a-\x1f]|\\[\\"n])*"'
_LABEL = rf"[a-zA-Z_][a-zA-Z0-9_]*{_SPACE}*={_SPACE}*{_VALUE}{_SPACE}*"
_SERIES = rf"^{_SPACE}*[a-zA-Z_:][a-zA-Z0-9_:]*{_SPACE}*(?:{{{_SPACE}*(?:{_LABEL}(?:,{_SPACE}*{_LABEL})*,?{_SPACE}*)?}}{_SPACE}*|{_SPACE})"


@dataclass(frozen=True, slots=True)
class Exposition:
    """How one format is read, as SQL over the column `line`.

    `good` says whether it has the format, `name` the metric, `labels` its dimensions as `Array(Tuple(String, String))`, of which the
    first `own` make the series; `value` and `time` are what is written (`''` and `-1`: the receipt). Lines that `told`, a regular
    expression, does not match say nothing.
    """

    title: str
    good: str
    name: str
    labels: str
    value: str
    time: str
    own: str = "65535"
    told: str = r"\\S"


def _pairs(texts: str) -> str:
    """`key=value` texts as pairs."""
    return f"arrayMap(t -> (substring(t, 1, position(t, '=') - 1), substring(t, position(t, '=') + 1)), {texts})"


_END = rf"{_SPACE}+{_TIME}{_SPACE}*$"
_GRAPHITE = rf"^{_SPACE}*[^\s;]+(?:;[^\s;=]+=[^\s;]*)*{_SPACE}+{_NUMBER}{_END}"
_CARBON2 = rf"^{_SPACE}*(?:[^\s=]+=[^\s]+{_SPACE}+)+{_NUMBER}{_END}"
_PROMETHEUS = rf"{_SERIES}{_NUMBER}(?:{_SPACE}+-?[0-9]{{1,19}})?{_SPACE}*$"
_PAIR = literal(rf"([a-zA-Z_][a-zA-Z0-9_]*){_SPACE}*={_SPACE}*({_VALUE})")
_WORDS = "splitByWhitespace(trim(line))"
GRAPHITE = Exposition(
    "Graphite",
    good=f"match(line, {literal(_GRAPHITE)})",
    name=f"splitByChar(';', {_WORDS}[1])[1]",
    labels=_pairs(f"arrayPopFront(splitByChar(';', {_WORDS}[1]))"),
    value=f"{_WORDS}[2]",
    time=f"{_WORDS}[3]",
)
_METRIC = literal(r"(?:^|\s)metric=([^\s]+)")
# Two blanks end the tags that are the series; what follows describes it.
_OWN_TAGS = "splitByWhitespace(splitByString('  ', trim(line))[1])"
CARBON2 = Exposition(
    "Carbon 2.0",
    good=f"match(line, {literal(_CARBON2)}) AND match(line, {_METRIC})",
    name=f"extract(line, {_METRIC})",
    labels=f"arrayFilter(m -> m.1 != 'metric', {_pairs(f'arraySlice({_WORDS}, 1, -2)')})",
    value=f"{_WORDS}[-2]",
    time=f"{_WORDS}[-1]",
    own=f"if(position(trim(line), '  ') = 0, 65535, arrayCount(t -> NOT startsWith(t, 'metric='), {_OWN_TAGS}))",
)
_REST = f"replaceRegexpOne(line, {literal(_SERIES)}, '')"
_UNESCAPED = r"""replaceAll(replaceAll(replaceAll(replaceAll(v, '\\\\', '\0'), '\\"', '"'), '\\n', '\n'), '\0', '\\')"""
_TEXT = f"if(position(v, '\\\\') = 0, v, {_UNESCAPED})"
_INNER = "[substring(g[2], 2, length(g[2]) - 2)]"
PROMETHEUS = Exposition(
    "Prometheus",
    good=f"match(line, {literal(_PROMETHEUS)})",
    name="extract(line, '[a-zA-Z_:][a-zA-Z0-9_:]*')",
    labels=f"arrayMap(g -> (g[1], arrayMap(v -> {_TEXT}, {_INNER})[1]), extractAllGroupsVertical(extract(line, '{{.*}}'), {_PAIR}))",
    value=f"splitByWhitespace({_REST})[1]",
    time=f"splitByWhitespace({_REST})[2]",
    told=r"^\\s*[^#\\s]",
)


def moment(time: str, received: str) -> str:
    """`Int64` nanoseconds of a written epoch time, whose unit follows from its size; `received` for none, `-1` and what is no time."""
    whole, fraction = f"toInt64OrZero(splitByChar('.', {time})[1])", f"splitByChar('.', {time})[2]"
    units = []
    # Seconds, milliseconds, microseconds and nanoseconds each reach to the year 2262.
    for digits in (9, 6, 3, 0):
        below = f"toInt64OrZero(rightPad(substring({fraction}, 1, {digits}), {digits}, '0'))" if digits else "0"
        units.append(f"{whole} < {92 * 10 ** (17 - digits)}, {whole} * {10**digits} + {below}")
    return f"multiIf({time} IN ('', '-1') OR {whole} <= 0, toInt64({received}), {', '.join(units)}, toInt64({received}))"


def dimensions(labels: str) -> str:
    """`String`: labels as the JSON of a point's attributes, '' without any."""
    member = "concat(toJSONString(m.1), ':', toJSONString(m.2))"
    return f"if(empty({labels}), '', concat('{{', arrayStringConcat(arrayMap(m -> {member}, {labels}), ','), '}}'))"
