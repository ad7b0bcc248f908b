"""Where a worker's processor time goes: computing, the bus, or packing and unpacking."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Literal

from shared import cputime

Part = Literal["compute", "bus", "codec"]


class Meter:
    """Adds up the CPU time of the calling threads and their helpers by part; safe from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._spent_ns: dict[Part, int] = {}

    @contextmanager
    def part(self, part: Part) -> Iterator[None]:
        started_ns = cputime.spent_ns()
        try:
            yield
        finally:
            self.add_ns(part, cputime.spent_ns() - started_ns)

    def add_ns(self, part: Part, spent_ns: int) -> None:
        with self._lock:
            self._spent_ns[part] = self._spent_ns.get(part, 0) + spent_ns

    def take_us(self) -> dict[Part, int]:
        """What was added since the last take, in whole microseconds; the rest stays."""
        with self._lock:
            taken = {part: ns // 1000 for part, ns in self._spent_ns.items()}
            self._spent_ns = {part: ns % 1000 for part, ns in self._spent_ns.items()}
        return taken
