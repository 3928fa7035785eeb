"""One file a command: `HELP`, `configure(parser)`, `run(arguments)`; found by folder scan."""
