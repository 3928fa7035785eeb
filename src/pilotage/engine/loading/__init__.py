"""The rules on what is loaded, as SQL: scope, redaction, extraction, and the levels of the statement that hold them."""
