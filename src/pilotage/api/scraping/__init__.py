"""Scraping: the server fetches the metrics pages of targets that do not send, as Prometheus does, and hands them to ingest."""
