"""How far to trust it: not carried over yet."""
