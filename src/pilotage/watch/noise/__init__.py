"""How noisy alerting is: what it costs people, how much of it was false, and whether a change helped."""
