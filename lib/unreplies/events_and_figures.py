"""Events and quantities: not carried over yet."""
