"""What is wrong with files that were given to be scored."""

from shared.errors import UserError


class EvaluationError(UserError):
    """A file is missing, or is not what it should be; the text names it and says how to mend it."""
