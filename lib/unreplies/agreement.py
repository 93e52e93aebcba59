"""How far two readers agree: not carried over yet."""
