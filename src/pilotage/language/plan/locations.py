"""The plan node of `iplocation`."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.language.plan.nodes import Node

NAMES = {"City": "city", "Country": "country", "Region": "region", "lat": "latitude", "lon": "longitude"}
"""Columns that are always added, and what of a place they hold."""
MORE_NAMES = {"Continent": "continent", "MetroCode": "metro", "Timezone": "zone"}


@dataclass(frozen=True, slots=True)
class Locate(Node):
    """The place of the network address in `field`, as columns that begin with `prefix`; all that is known when `everything`.

    Names are in `language` where the database has them, else in English. `columns`, if any, are the columns and what of a place each holds.
    """

    input: Node
    field: str
    prefix: str = ""
    everything: bool = False
    language: str = "en"
    columns: tuple[tuple[str, str], ...] = ()
