"""What people make and keep: tokens, saved things, audit."""
