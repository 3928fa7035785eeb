"""`fit`: train a model on the rows."""

from __future__ import annotations

from pilotage.language.plan.learning import Fit
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.learning import model_name, names_text, one, read_parts, settings_text
from pilotage.model.problem import fail


def parse(arguments: Arguments, rows: Node) -> Node:
    """`fit <algorithm> [option=value]… <field>… [from <field>…] [by <field>…] [into <model>] [as <name>]`."""
    parts = read_parts(arguments, "from", "by", "into", "as")
    words = parts.words[""]
    if len(words) < 2:
        raise arguments.unexpected("an algorithm and at least one field, as in `fit LinearRegression y from x`")
    features = tuple(parts.words.get("from", ()))
    if features and len(words) != 2:
        sentence = f"one field is predicted from others, not {len(words) - 1}"
        raise fail("syntax", sentence, span=arguments.span, hint=f"write `fit {words[0]} {words[1]} from …`")
    by = tuple(name.strip() for word in parts.words.get("by", ()) for name in word.split(",") if name.strip())
    model = one(arguments, parts, "into")
    return Fit(
        rows,
        words[0],
        tuple(words[1:]),
        features,
        by,
        model and model_name(arguments, model),
        one(arguments, parts, "as"),
        parts.options(),
        command="fit",
        span=arguments.span,
    )


def write(node: Node) -> str | None:
    """A `Fit`."""
    if not isinstance(node, Fit):
        return None
    parts = ["fit", node.algorithm, *settings_text(node.settings), names_text(node.fields)]
    parts += [f"from {names_text(node.features)}"] if node.features else []
    parts += [f"by {names_text(node.by)}"] if node.by else []
    parts += [f"into {node.model}"] if node.model else []
    return " ".join([*parts, f"as {word_text(node.alias)}"] if node.alias else parts)


COMMAND = Command(
    name="fit",
    spellings={"spl": ("fit",)},
    synopsis="fit <algorithm> [<option>=<value>]… <field>… [from <field>…] [by <field>…] [into [<app>:]<model>] [as <name>]",
    summary="Trains a model on the rows: read and planned, refused when it should run; it comes with a later version.",
    parse=parse,
    print=write,
    examples=(
        Example("index=main | fit RandomForestClassifier user from bytes ms into usermodel", "Predicts `user`."),
        Example('index=main | fit DensityFunction ms by "host" threshold=0.01 into app:ms_model as odd', "Unusual values a host."),
    ),
    notes=("Options of any name are read; which an algorithm has will be known with it.",),
)
