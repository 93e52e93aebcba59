"""Who works with whom: not carried over yet."""
