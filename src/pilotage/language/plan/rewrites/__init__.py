"""One file a plan rewrite, found by scanning this folder."""
