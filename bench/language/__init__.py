"""Measurements of the query languages over whole corpora."""
