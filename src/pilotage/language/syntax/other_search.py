"""What commands with another search in brackets share: how many of its rows they take, and the limits of time that are accepted."""

from __future__ import annotations

from pilotage.language.syntax.arguments import Arguments, Option, option_text

MOST = 50_000
BOUNDS = (
    Option("maxout", "integer", "50000", "The most rows of the other search; 0 = all."),
    Option("maxtime", "integer", "60", "Accepted; the whole search has one time limit."),
    Option("timeout", "integer", "60", "Accepted, as `maxtime`."),
)


def read_bound(arguments: Arguments) -> int:
    """The most rows of the other search, once every option is read."""
    for name in ("maxtime", "timeout"):
        arguments.integer(name, 60)
    return arguments.integer("maxout", MOST)


def bound_text(limit: int) -> str:
    """The option for a bound that is not the usual one, with a space before it."""
    return "" if limit == MOST else f" {option_text('maxout', limit)}"
