"""When and how: not carried over yet."""
