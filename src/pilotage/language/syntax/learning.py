"""Arguments of the commands about models: options of any name anywhere, lists of fields, words between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pilotage.language.plan.learning import Settings
from pilotage.language.syntax.arguments import Arguments, option_text, word_text
from pilotage.language.syntax.scanner import quote, unescape
from pilotage.model.problem import fail

_OPTION = re.compile(r"[\s,]*([A-Za-z_]\w*)\s*=(?!=)\s*")
_VALUE = re.compile(r"[^\s,|\"\[\]]+")
_WORD = re.compile(r"[^\s,|\"'\[\]=]+")
_MODEL = re.compile(r"(?:[\w.-]+:)?[\w.:-]+")


@dataclass(slots=True)
class Parts:
    """What was read: the words before the first keyword under '', those behind each keyword under its name, and the options."""

    words: dict[str, list[str]] = field(default_factory=lambda: {"": []})
    settings: dict[str, str] = field(default_factory=dict)

    def options(self) -> Settings:
        """The options by name."""
        return tuple(sorted(self.settings.items()))


def read_parts(arguments: Arguments, *keywords: str) -> Parts:
    """Everything up to the end. Raises codes `syntax`, `option-twice`, `keyword-twice`."""
    found = Parts()
    current = ""
    while not arguments.done():
        start = arguments.position
        option = arguments.take(_OPTION)
        if option is not None:
            name = option[1].lower()
            if name in found.settings:
                raise fail("option-twice", f"the option `{name}` is given twice", span=arguments.since(start), hint="keep one of them")
            found.settings[name] = _value(arguments, name)
            continue
        keyword = arguments.keyword(*keywords) if keywords else None
        if keyword is None:
            found.words[current].append(_word(arguments))
        elif keyword in found.words:
            raise fail("keyword-twice", f"`{keyword}` is written twice", span=arguments.since(start), hint="keep one of them")
        else:
            current = keyword
            found.words[keyword] = []
    for keyword, words in found.words.items():
        if keyword and not words:
            raise arguments.unexpected(f"a name after `{keyword}`")
    return found


def _value(arguments: Arguments, name: str) -> str:
    raw = arguments.double()
    if raw is not None:
        return unescape(raw)
    word = arguments.take(_VALUE)
    if word is None:
        raise arguments.unexpected(f"a value for `{name}`")
    return word[0]


def _word(arguments: Arguments) -> str:
    for raw in (arguments.double(), arguments.single()):
        if raw is not None:
            return unescape(raw)
    word = arguments.take(_WORD)
    if word is None:
        raise arguments.unexpected("a field")
    return word[0]


def one(arguments: Arguments, parts: Parts, keyword: str) -> str:
    """The single word behind a keyword, '' without it."""
    words = parts.words.get(keyword, [])
    if len(words) > 1:
        raise fail("syntax", f"one name follows `{keyword}`, not {len(words)}", span=arguments.span, hint="quote a name with blanks")
    return words[0] if words else ""


def model_name(arguments: Arguments, name: str) -> str:
    """A name of a model, `app:name` too. Raises code `model-name`."""
    if not _MODEL.fullmatch(name):
        hint = "use letters, digits, `_`, `.` and `-`, with `app:` before them if need be"
        raise fail("model-name", f"`{name}` is no name of a model", span=arguments.span, hint=hint)
    return name


def settings_text(settings: Settings) -> list[str]:
    """Options as text."""
    return [option_text(name, value) if value else f"{name}={quote(value)}" for name, value in settings]


def names_text(names: tuple[str, ...]) -> str:
    """A list of fields."""
    return " ".join(word_text(name) if "(" not in name else quote(name) for name in names)
