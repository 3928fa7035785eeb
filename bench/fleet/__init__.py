"""Series with known incidents, and what a detector makes of them."""
