"""Views on cost: plans plus arithmetic on their results."""
