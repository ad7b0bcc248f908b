"""The one error of this package."""


class ModelError(Exception):
    """A model is unknown, missing, damaged or cannot run here; one line says which, where and how to mend
    it.
    """
