"""What a query means: expressions, nodes, rewrites."""
