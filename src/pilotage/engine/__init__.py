"""Plan to stages to rows: where language, store and learn meet."""
