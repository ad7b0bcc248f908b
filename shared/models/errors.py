"""The one error of this package."""

from shared.errors import UserError


class ModelError(UserError):
    """A model is unknown, missing, damaged or cannot run here; one line says which, where and how to mend
    it.
    """
