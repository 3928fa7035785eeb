"""What is due, once, also after a crash."""
