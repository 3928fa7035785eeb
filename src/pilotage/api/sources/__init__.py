"""The sources that send to this server, watched: what each one usually does, and when one falls silent, stalls or is refused."""
