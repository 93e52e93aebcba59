"""What was done: not carried over yet."""
