"""From plan to ClickHouse SQL, as sqlglot expressions."""
