"""What is said of a configuration that is wrong."""

from shared.errors import UserError


class SettingsError(UserError, ValueError):
    """The configuration is wrong: one line for each problem, with file or variable, key and what is wrong."""
