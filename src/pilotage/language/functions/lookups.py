"""`lookup()`: the plan's rewrite answers it before any SQL is made (`plan.rewrites.lookups`)."""

from __future__ import annotations

from pilotage.language.sql.signature import Site, function, refuse
from pilotage.language.sql.value import Value


@function(
    "lookup", 3, help="The columns of the row of a lookup that matches, as a JSON object: its name, `json_object` of keys, `json_array`."
)
def lookup(site: Site) -> Value:
    """`lookup(name, json_object(column, value, …), json_array(column, …))`."""
    raise refuse(site, "cannot be used here", hint="assign it with `eval` first")
