"""One file a barrier: a Python step over Arrow between two SQL stages."""
