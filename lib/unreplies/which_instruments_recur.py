"""Which instruments recur: not carried over yet."""
