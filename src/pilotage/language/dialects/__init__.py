"""The outline of a query in each dialect: search clause, pipes, brackets, quoting."""
