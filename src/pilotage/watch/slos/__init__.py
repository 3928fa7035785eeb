"""Objectives: what share of requests or of time is to be good, how much of the error budget is left, and how fast it burns."""
