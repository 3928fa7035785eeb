"""One file a detector; `registry` finds them by scanning this folder."""
