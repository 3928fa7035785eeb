"""The arguments of one command: words, `name=value` options checked against the command's own table, lists of fields."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.context import Context, Pipelines
from pilotage.language.syntax.evaluation import EvalParser
from pilotage.language.syntax.scanner import Scanner, nearest, quote, unescape
from pilotage.model.problem import PilotageError, Span, fail
from pilotage.model.time import UNITS, TimeSpan, read_span

BOOLEANS = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}
CONDITION = "condition"
"""The type of an option that is an eval condition in parentheses."""
KEYWORDS = frozenset({"as", "by", "over", "where", "sortby"})

_OPTION = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*")
_WORD = re.compile(r'[^\s,()"\'=|\[\]][^\s,()"=|\[\]]*')
_VALUE = re.compile(r'[^\s,()"|\[\]]+')
_COMMAS = re.compile(r"[\s,]*")
_PLAIN = re.compile(r"[A-Za-z0-9_.:@/{}*#$][A-Za-z0-9_.:@/{}*#$-]*")
_INTEGER = re.compile(r"[+-]?\d{1,15}")
_SNAPPED = re.compile(r"1?(?P<unit>[A-Za-z]+)@(?P<snap>[A-Za-z]+)0?")
_LOGARITHM = re.compile(r"[\d.]*log[\d.]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Option:
    """One `name=value` of a command: `type` is a word for people (`integer`, `boolean`, `text`, …), `default` as it would be typed."""

    name: str
    type: str
    default: str
    help: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word as meant (quotes removed); a quoted one is never a keyword or a number of rows."""

    text: str
    span: Span
    quoted: bool


class Arguments(Scanner):
    """Reads what follows a command's name. `word` is the span of that name; `command` the name itself."""

    def __init__(self, scanner: Scanner, command: str, word: Span, context: Context, options: tuple[Option, ...] = ()) -> None:
        super().__init__(scanner.text, scanner.position, scanner.end)
        self.command = command
        self.word = word
        self.context = context
        self.allowed = {option.name: option for option in options}
        self.given: dict[str, Word] = {}
        self.conditions: dict[str, Expression] = {}

    @property
    def span(self) -> Span:
        """From the command's name to the position."""
        return Span(self.word.start, max(self.word.end, self.position))

    def finish(self) -> None:
        """Read the options that are left; refuse anything else."""
        self.take_options()
        if not self.done():
            raise self.surplus(self.command)

    def keyword(self, *words: str) -> str | None:
        """One of the words (lower case), read without regard to case, or `None`."""
        self.take(_COMMAS)
        found = self.see(re.compile(rf"(?:{'|'.join(words)})(?![^\s,()\"'])", re.IGNORECASE))
        if found is None:
            return None
        self.position = found.end()
        return found[0].lower()

    def see_word(self, word: str) -> bool:
        """Whether the keyword `word` stands here."""
        self.take(_COMMAS)
        return self.see(re.compile(rf"{word}(?![^\s,()\"'])", re.IGNORECASE)) is not None

    def take_options(self) -> None:
        """Read every `name=value` that stands here."""
        while self.take_option():
            pass

    def take_option(self) -> bool:
        """Read one `name=value` if one stands here. Raises codes `unknown-option`, `option-twice`, `syntax`."""
        self.take(_COMMAS)
        start = self.position
        found = self.take(_OPTION)
        if found is None:
            return False
        name = found[1].lower()
        word = Span(start, start + len(found[1]))
        if name not in self.allowed:
            known = ", ".join(f"`{option}`" for option in self.allowed)
            hint = nearest(name, self.allowed) or (f"its options are {known}" if known else "it has no options")
            raise fail("unknown-option", f"`{self.command}` has no option `{found[1]}`", span=word, hint=hint)
        if name in self.given:
            raise fail("option-twice", f"the option `{name}` is given twice", span=word, hint="keep one of them")
        if self.allowed[name].type == CONDITION and self.peek() in '("':
            self.conditions[name] = self._condition()
            self.given[name] = Word(self.text[start : self.position], self.since(start), quoted=True)
        else:
            self.given[name] = self._value(name)
        return True

    def _condition(self) -> Expression:
        """`(condition)`, also inside double quotes."""
        start = self.position
        raw = self.double()
        if raw is None:
            self.expect("(", "before the condition")
            condition = self.read_condition()
            self.expect(")", "closing the condition")
            return condition
        inner = Scanner(self.text, start + 1, start + 1 + len(raw)) if "\\" not in raw else Scanner(unescape(raw))
        return EvalParser(inner, self.context.vocabulary).condition()

    def read_word(self, wanted: str) -> Word:
        """A bare or quoted word. Raises code `syntax`, naming what was `wanted`."""
        self.space()
        start = self.position
        raw = self.double()
        if raw is None:
            raw = self.single()
        if raw is not None:
            return Word(unescape(raw), self.since(start), quoted=True)
        found = self.take(_WORD)
        if found is None:
            raise self.unexpected(wanted)
        return Word(found[0], self.since(start), quoted=False)

    def read_number(self) -> int | None:
        """An unquoted whole number standing alone, or `None`."""
        self.take(_COMMAS)
        found = self.see(re.compile(r"(\d{1,15})(?![^\s,])"))
        if found is None:
            return None
        self.position = found.end()
        return int(found[1])

    def read_fields(self, wanted: str, *stops: str) -> tuple[str, ...]:
        """Names up to the end, `(`, or one of the keywords `stops`; options in between are read. At least one is needed."""
        names: list[str] = []
        stop = re.compile(rf"(?:{'|'.join(stops)})(?![^\s,()\"'])", re.IGNORECASE) if stops else None
        while True:
            self.take_options()
            if self.done() or self.peek() in "()" or (stop and self.see(stop)):
                break
            names.append(self.read_word(wanted).text)
        if not names:
            raise self.unexpected(wanted)
        return tuple(names)

    def read_expression(self) -> Expression:
        """An eval expression."""
        return EvalParser(self, self.context.vocabulary).expression()

    def read_search(self) -> Node:
        """`[ … ]`, a search of its own. Raises code `syntax` when no bracket is next."""
        inside = self._inside()
        return self._pipelines.search(self.text, inside.start, inside.end, self.context)

    def read_branch(self, rows: Node) -> Node:
        """`[ … ]`, commands over `rows`. Raises code `syntax` when no bracket is next."""
        inside = self._inside()
        return self._pipelines.branch(self.text, inside.start, inside.end, self.context, rows)

    def _inside(self) -> Span:
        inside = self.brackets()
        if inside is None:
            raise self.unexpected("`[` and a search")
        return inside

    @property
    def _pipelines(self) -> Pipelines:
        if self.context.pipelines is None:
            raise fail("unsupported", "this dialect has no sub-searches", span=self.span)
        return self.context.pipelines

    def read_condition(self) -> Expression:
        """An eval expression that is true or false."""
        return EvalParser(self, self.context.vocabulary).condition()

    def string(self, name: str, default: str) -> str:
        """The option as typed, or `default`."""
        return self.given[name].text if name in self.given else default

    def boolean(self, name: str, *, default: bool) -> bool:
        """The option as a truth value: `t f true false 1 0`."""
        if name not in self.given:
            return default
        value = BOOLEANS.get(self.given[name].text.lower())
        if value is None:
            raise self.bad(name, "write `t` or `f`")
        return value

    def integer(self, name: str, default: int, minimum: int = 0) -> int:
        """The option as a whole number of at least `minimum`."""
        if name not in self.given:
            return default
        word = self.given[name]
        if not _INTEGER.fullmatch(word.text) or int(word.text) < minimum:
            raise self.bad(name, f"write a whole number of at least {minimum}")
        return int(word.text)

    def number(self, name: str) -> float | None:
        """The option as a number, or `None` when it is not given."""
        if name not in self.given:
            return None
        try:
            value = float(self.given[name].text)
        except ValueError as error:
            raise self.bad(name, "write a number") from error
        if not math.isfinite(value):
            raise self.bad(name, "write a finite number")
        return value

    def length(self, name: str) -> TimeSpan | float | None:
        """The option as a plain number (`10`) or a length of time (`5m`), or `None` when it is not given."""
        if name not in self.given:
            return None
        word = self.given[name]
        if re.fullmatch(r"\d+(\.\d+)?|\.\d+", word.text):
            value = self.number(name)
            if not value:
                raise self.bad(name, "a span must be greater than 0")
            return value
        snapped = _SNAPPED.fullmatch(word.text)
        if snapped is not None and UNITS.get(snapped["unit"].lower(), "") == UNITS.get(snapped["snap"].lower()):
            # Buckets of one whole unit begin where the unit does.
            return read_span(f"1{snapped['unit']}", word.span)
        if _LOGARITHM.fullmatch(word.text) or "@" in word.text:
            what = "a span that snaps" if "@" in word.text else "a logarithmic span"
            raise self.refuse(name, f"{what} (`{word.text}`)", "write a plain span such as `10` or `5m`")
        return read_span(word.text, word.span)

    def refuse(self, name: str, what: str, hint: str | None = None) -> PilotageError:
        """An `unsupported` error about an option."""
        return fail("unsupported", f"`{self.command}` does not support {what}", span=self.given[name].span, hint=hint)

    def bad(self, name: str, hint: str) -> PilotageError:
        """An `option-value` error about an option."""
        word = self.given[name]
        return fail("option-value", f"`{word.text}` is no value for `{name}`", span=word.span, hint=hint)

    def _value(self, name: str) -> Word:
        start = self.position
        raw = self.double()
        if raw is not None:
            return Word(unescape(raw), self.since(start), quoted=True)
        found = self.take(_VALUE)
        if found is None:
            raise self.unexpected(f"a value for `{name}`")
        return Word(found[0], self.since(start), quoted=False)


def word_text(name: str) -> str:
    """A name in a list of fields, quoted unless it is plain, no keyword and no number."""
    plain = _PLAIN.fullmatch(name) and name.lower() not in KEYWORDS and not name.isdigit()
    return name if plain else quote(name)


def words_text(names: tuple[str, ...]) -> str:
    """A list of fields."""
    return " ".join(word_text(name) for name in names)


def option_text(name: str, value: str | float | bool) -> str:
    """One option: `name=value`."""
    if isinstance(value, bool):
        return f"{name}={'t' if value else 'f'}"
    if isinstance(value, str):
        return f"{name}={value if _PLAIN.fullmatch(value) else quote(value)}"
    return f"{name}={number_text(value)}"


def number_text(value: float) -> str:
    """A number in plain digits, without a needless fraction."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
