"""`python -m pilotage` is `pilotage`."""

from __future__ import annotations

from pilotage.cli import main

main()
