"""The respondents: not carried over yet."""
