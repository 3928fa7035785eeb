"""What an editor asks while somebody types: words that fit at the cursor, help on a word, the call being written. Pure and quick."""
