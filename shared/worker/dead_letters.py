"""The limit of dead letters in a row: past it the worker is at fault, not the messages."""

from shared.bus.transport import Commit


class TooManyDeadLettersError(RuntimeError):
    """One message after the other cannot be processed: the worker is at fault, not the messages."""


class DeadLetterLimit:
    """Counts the messages in a row that one worker could not process."""

    def __init__(self, most: int) -> None:
        """`most`: so many in a row are borne."""
        self._most = most
        self._in_a_row = 0

    def heed(self, commit: Commit, taken: int) -> None:
        """Take in a commit of `taken` messages, before it is made.

        Raises:
            TooManyDeadLettersError: with its dead letters there are too many.
        """
        self._in_a_row = self._in_a_row + len(commit.dead) if len(commit.dead) == taken else 0
        if self._in_a_row > self._most:
            raise TooManyDeadLettersError(
                f"{commit.stage}: more than {self._most} messages in a row failed, last:"
                f" {commit.dead[-1].error}; nothing more is diverted."
                " Look at `kinestream dead list`, mend the stage, start again"
            )
