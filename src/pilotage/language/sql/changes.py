"""The lowering of every node that changes cells or reshapes small tables, by node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pilotage.language.plan import cells, combination, display, spreading, transactions
from pilotage.language.plan.nodes import Node
from pilotage.language.sql import cells as cell_changes
from pilotage.language.sql import combination as combining
from pilotage.language.sql import conversion, templates
from pilotage.language.sql import spreading as spreads
from pilotage.language.sql import transactions as pieces
from pilotage.language.sql.relation import Relation

STEPS: Mapping[type[Node], Callable[[Relation, Any], Relation]] = {
    cells.Split: cell_changes.split,
    cells.Replace: cell_changes.replaced,
    cells.Concatenate: cell_changes.concatenated,
    cells.Reverse: cell_changes.reversed_rows,
    cells.Lag: cell_changes.lagged,
    cells.RowTotal: cell_changes.row_totals,
    cells.Remark: cell_changes.remarked,
    display.Format: lambda relation, _: relation,
    cells.Convert: conversion.converted,
    cells.ToJson: conversion.to_json,
    combination.Combine: combining.combined,
    combination.Distinct: combining.distinct,
    combination.FieldSummary: combining.summarised,
    spreading.Spread: spreads.spread,
    spreading.Lines: spreads.lined,
    spreading.HeadedLines: spreads.headed_lines,
    spreading.SpreadNames: spreads.spread_names,
    spreading.Repeat: templates.repeated,
    transactions.Transaction: pieces.transacted,
}
