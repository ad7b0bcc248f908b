"""Reads the next batch while the present one is processed, and hands out what was read."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from shared.worker.intake import Intake, Reader


class Prefetch:
    """A reader with a thread of its own, for one batch ahead.

    What was read ahead may turn out not to follow where the worker stands: each intake says what it follows.
    """

    def __init__(self, reader: Reader, *, ahead: bool) -> None:
        """`ahead`: read ahead at all; without it `begin` does nothing."""
        self._reader = reader
        self._reads_ahead = ahead
        self._begun: Future[Intake] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{reader.stage.name}-read")

    def take(self, cursors: Mapping[int, str]) -> Intake:
        """What was begun, once it is there; else what follows the cursors now.

        Raises:
            TransportError: the server is away, now or when reading ahead.
        """
        if self._begun is None:
            return self._reader.take_in(cursors)
        begun, self._begun = self._begun, None
        return begun.result()

    def begin(self, cursors: Mapping[int, str]) -> None:
        """Start reading what follows the cursors."""
        if self._reads_ahead:
            self._begun = self._thread.submit(self._reader.take_in, cursors)

    def forget(self) -> None:
        """Throw away what was begun."""
        if self._begun is not None:
            self._begun.cancel()
            self._begun = None

    def close(self) -> None:
        """Wait for the thread's end."""
        self.forget()
        self._thread.shutdown(wait=True)
