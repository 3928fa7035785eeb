"""Eval and aggregate functions, a file a family."""
