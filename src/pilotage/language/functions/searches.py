"""Functions over the text of searches."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.sql.fragments import call, infix, lambda_, literal, parameter
from pilotage.language.sql.signature import Site, function
from pilotage.language.sql.value import Value, text
from pilotage.model.fields import Kind


@function(
    "commands",
    1,
    help="The commands of a search, in order; what is in quotes or brackets does not count.",
    examples=(('mvjoin(commands("error | stats count by x | sort count"), ",")', "search,stats,sort"),),
)
def commands(site: Site) -> Value:
    """`commands(search)`."""
    whole = call("trim", call("ifNull", text(site.arguments[0]), ""))
    bare = call("replaceRegexpAll", call("replaceRegexpAll", whole, r'"(?:\\.|[^"\\])*"', ""), r"\[[^\[\]]*\]", "")
    led = call("if", call("startsWith", bare, "|"), call("substring", bare, 2), call("concat", "search ", bare))
    words = call("arrayMap", lambda_("s", call("extract", parameter("s"), r"^\s*(\w+)")), call("splitByChar", "|", led))
    kept = call("arrayFilter", lambda_("s", infix(exp.NEQ, parameter("s"), literal(""))), words)
    return Value(call("if", call("empty", whole), call("arrayResize", kept, 0), kept), Kind.MULTI)
