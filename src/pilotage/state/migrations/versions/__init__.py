"""Schema steps in order; a released one is never edited."""
