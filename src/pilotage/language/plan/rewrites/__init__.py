"""Plans that mean the same and cost less, one file a rewrite.

`optimized` is those that a whole plan needs before it is cut into stages; the others take one node apart when its turn comes.
"""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.rewrites.columns import narrowed
from pilotage.language.plan.rewrites.filters import sunk
from pilotage.language.plan.rewrites.limits import shortened


def optimized(plan: Node) -> Node:
    """The plan with conditions as early, limits as low and columns as few as they can be."""
    return narrowed(shortened(sunk(plan)))
