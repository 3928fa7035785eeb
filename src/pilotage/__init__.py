"""Pilotage: observability for machine learning in production, in one process."""
