"""The file that a child writes its stderr to, and what is worth telling people of it."""

import os
import re
from pathlib import Path

_TAIL_LINES = 5
_TAIL_BYTES = 4000
_MOST_SAID = 20
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")
_SERIOUS = re.compile(r"^\d{4}-\d\d-\d\d \S+ \S+ (?:WARNING|ERROR|CRITICAL) (.+)$")


class ChildLog:
    """One file for all the processes that a command gets; `begin` marks where the next one starts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begins = 0
        self._told = 0
        self._said = 0
        self._sorts: set[str] = set()

    def begin(self) -> int:
        """A descriptor to append to, for the next process; the caller closes it."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._begins = os.fstat(descriptor).st_size
        return descriptor

    def tail(self) -> tuple[str, ...]:
        """The last lines of the latest process."""
        with self.path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self._begins, end - _TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
        return tuple([line for line in lines if line.strip()][-_TAIL_LINES:])

    def serious(self) -> list[str]:
        """Warnings and errors written since the last look, without time and name.

        What differs from an earlier one by numbers alone is left out (a camera that is tried again says so
        each time), and there are a few dozen at most.
        """
        with self.path.open("rb") as log:
            log.seek(self._told)
            lines = log.read().split(b"\n")
            self._told = log.tell() - len(lines.pop())  # a line that is still being written waits
        serious = [match[1] for line in lines if (match := _SERIOUS.match(line.decode(errors="replace")))]
        fresh = {_NUMBERS.sub("#", line): line for line in reversed(serious)}  # the first of each sort
        found = [line for sort, line in reversed(fresh.items()) if sort not in self._sorts]
        found = found[: _MOST_SAID - self._said]
        self._sorts |= {_NUMBERS.sub("#", line) for line in found}
        self._said += len(found)
        if found and self._said == _MOST_SAID:
            found[-1] += f" (and no more of these; all is in {self.path})"
        return found
