"""The other kinds of detection over one series or a population: pure functions on arrays, one file a kind."""
