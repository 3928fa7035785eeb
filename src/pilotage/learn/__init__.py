"""Mathematics on Arrow columns; knows no store, engine or SPL."""
