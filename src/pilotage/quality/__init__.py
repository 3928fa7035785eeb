"""Views on model quality: plans plus arithmetic on their results."""
