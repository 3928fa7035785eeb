"""Where Sumo's threat lookups look: a lookup that people keep themselves."""

from __future__ import annotations

THREATS = "threats"
"""The lookup's name; its key is the column `threat`."""
NO_THREATS = "there is no lookup `threats` with a column `threat`: what is said of threats is null"
