"""The root of every error that only a person can mend."""


class UserError(Exception):
    """Its message is one line that says what is wrong, where, and what to do; commands print it and exit with 2."""
