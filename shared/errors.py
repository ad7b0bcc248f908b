"""The root of every error that only a person can mend."""


class UserError(Exception):
    """Its message is one line: what is wrong, where, and what to do. Commands print it and exit with 2."""
