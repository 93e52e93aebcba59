"""Who replied: not carried over yet."""
