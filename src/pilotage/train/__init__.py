"""Retraining, champion and challenger."""
