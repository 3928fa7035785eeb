"""One file a wire protocol, found by scanning this folder."""
