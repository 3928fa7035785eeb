"""Alembic's folder: `versions/` holds one file a schema step, named by its number; the highest is the current schema."""
