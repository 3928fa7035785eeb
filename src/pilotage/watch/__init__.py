"""Monitors, alerts and service level objectives."""
