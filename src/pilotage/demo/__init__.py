"""A small real machine learning system that sends telemetry over the network, as an outsider."""
