"""One file a database engine, found by the scheme of the store's address."""
