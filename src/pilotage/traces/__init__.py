"""Views on spans: plans plus arithmetic on their results."""
