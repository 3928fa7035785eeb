"""Names that outlive a process: default indexes, field names, type letters. `contract.md` fixes them; change none lightly."""

from __future__ import annotations

import re
from enum import StrEnum

LOGS_INDEX = "main"
METRICS_INDEX = "metrics"
TRACES_INDEX = "traces"
INTERNAL_INDEX = "_internal"
DEAD_LETTER_INDEX = "_dead_letter"

WRITABLE_INDEX = re.compile(r"(?!_dead_letter$|_internal$)[\w.-]{1,80}", re.ASCII)
"""What an index that a client names may be called."""
INDEX_HINT = "use letters, digits, `_`, `.`, `-`, at most 80 of them"

METADATA_SPELLINGS = {"_index": "index", "_sourceCategory": "sourcetype", "_sourceName": "source", "_sourceHost": "host"}
"""Sumo's spelling of a metadata field → ours: four columns, two spellings."""


class ValueType(StrEnum):
    """One letter an attribute value, as stored in `attribute_types`: the OTLP AnyValue kind that was sent."""

    STRING = "s"
    INTEGER = "i"
    DOUBLE = "d"
    BOOLEAN = "b"
    ARRAY = "a"
    MAPPING = "k"
    BYTES = "x"
    NULL = "n"
