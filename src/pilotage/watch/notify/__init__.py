"""Kinds of channels, one file each: `KIND`, found by this folder."""
