"""One file a command: spellings, arguments, lowering, help and examples."""
