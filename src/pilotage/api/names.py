"""What macros, event types, tags and lookups may be called."""

from __future__ import annotations

import re

from pilotage.model.problem import fail

_NAME = re.compile(r"[\w.:-][\w .:-]{0,99}")


def checked(kind: str, name: str) -> str:
    """The name. Raises PilotageError `bad-request`."""
    if not _NAME.fullmatch(name) or name != name.strip():
        hint = "use up to 100 letters, digits, blanks, `_`, `.`, `:` and `-`"
        raise fail("bad-request", f"`{name[:120]}` is no name for {kind}", hint=hint)
    return name
