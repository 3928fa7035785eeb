"""From text to expressions: lexer and expression parser."""
