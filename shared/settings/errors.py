"""What is said of a configuration that is wrong."""

import difflib
from collections.abc import Iterable

from shared.errors import UserError


class SettingsError(UserError, ValueError):
    """The configuration is wrong: one line for each problem, with file or variable, key and what is wrong."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A question that ends a message, where something known is called almost like `name`."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
