"""`extract`: pairs of a name and a value in a text, as fields."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.spreading import Spread
from pilotage.language.syntax.arguments import Arguments, Option, option_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import quote
from pilotage.model.problem import fail

GAPS = " ,;|&\t\n\r"
OPTIONS = (
    Option("pairdelim", "characters", '" ,;|&" and line breaks', "Each of these ends a pair."),
    Option("kvdelim", "characters", '"="', "Each of these stands between name and value."),
    Option("limit", "integer", "50", "The most pairs of a row."),
    Option("maxchars", "integer", "10240", "How many characters of the text are read."),
    Option("mv_add", "boolean", "f", "Keep all values of a name that comes again; else the first."),
    Option("clean_keys", "boolean", "t", "Make characters of a name that are no letter, digit or one of `_.:@-` an underscore."),
    Option("auto", "boolean", "t", "Accepted; only what stands in the text is read."),
    Option("reload", "boolean", "f", "Accepted; nothing is cached."),
    Option("segment", "boolean", "f", "Accepted; the result is the same."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`extract [pairdelim=] [kvdelim=] [limit=] [maxchars=] [mv_add=] [clean_keys=]`."""
    arguments.take_options()
    if not arguments.done():
        word = arguments.read_word("an option")
        hint = "use `rex`, or `kvdelim=` and `pairdelim=`"
        raise fail("unsupported", f"`{arguments.command}` knows no stored extraction `{word.text}`", span=word.span, hint=hint)
    for name in ("auto", "reload", "segment"):
        arguments.boolean(name, default=False)
    joints, gaps = arguments.string("kvdelim", "="), arguments.string("pairdelim", GAPS)
    plain = {r"\n": "\n", r"\t": "\t", r"\r": "\r"}
    for written, character in plain.items():
        joints, gaps = joints.replace(written, character), gaps.replace(written, character)
    for name, characters in (("kvdelim", joints), ("pairdelim", gaps)):
        if not characters:
            raise arguments.bad(name, "write at least one character")
    return Spread(
        rows,
        form="pairs",
        joints=joints,
        gaps="".join(each for each in gaps if each not in joints) or "\n",
        limit=arguments.integer("limit", 50, minimum=1),
        reach=arguments.integer("maxchars", 10_240, minimum=1),
        clean=arguments.boolean("clean_keys", default=True),
        repeated=arguments.boolean("mv_add", default=False),
        command="extract",
        span=arguments.span,
    )


def write(node: Node) -> str | None:
    """A `Spread` of pairs."""
    if not isinstance(node, Spread) or node.form != "pairs":
        return None
    parts = ["extract", f"kvdelim={quote(node.joints)}", f"pairdelim={quote(node.gaps)}", option_text("limit", node.limit)]
    parts += [option_text("maxchars", node.reach), option_text("mv_add", value=node.repeated), option_text("clean_keys", value=node.clean)]
    return " ".join(parts)


COMMAND = Command(
    name="extract",
    spellings={"spl": ("extract", "kv")},
    synopsis="extract [kvdelim=<characters>] [pairdelim=<characters>] [limit=<integer>] [maxchars=<integer>] [mv_add=<boolean>]",
    summary="Makes a field of each `name=value` in the text of the event.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | extract", '`name=value` and `name="a value"`, between blanks, commas and the like.'),
        Example('index=main | extract pairdelim="|" kvdelim=":"', "`a:1|b:2`."),
    ),
    notes=("A field that exists keeps its value in rows whose text does not name it.",),
)
