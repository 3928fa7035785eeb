"""Bytes from the network, safe on disk, then in the store."""
