"""Signs of life of a player: which of its parts must move when, and which did not."""

import time
from collections.abc import Callable
from dataclasses import dataclass

_COMPUTING_SHARE = 0.1  # of the time between two looks that a process which gets on spends computing


@dataclass(frozen=True)
class _Due:
    """When a part must have moved again."""

    at_s: float
    within_s: float
    computes: bool


class Vitals:
    """Each part says how soon it will be heard of again; safe from several threads.

    Args:
        clock: monotonic, in seconds.
        cpu_s: processor time of the process, in seconds.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, cpu_s: Callable[[], float] = time.process_time
    ) -> None:
        self._clock = clock
        self._cpu_s = cpu_s
        self._dues: dict[str, _Due] = {}
        self._looked = (clock(), cpu_s())
        self._computed_s = clock()

    def expect(self, part: str, within_s: float, *, computes: bool = False) -> None:
        """The part moves now, and will again within this time.

        One that `computes` (a film that looks for its place) may take longer, as long as the process works.
        """
        self._dues[part] = _Due(self._clock() + within_s, within_s, computes)

    def rest(self, part: str) -> None:
        """The part has nothing to do: nothing is expected of it."""
        self._dues.pop(part, None)

    def overdue_s(self) -> float:
        """How long the most silent part has been silent beyond what it said; 0 where all is well."""
        now_s = self._clock()
        self._note_computing(now_s)
        return max([0.0, *(now_s - self._at_s(due) for due in list(self._dues.values()))])

    def _note_computing(self, now_s: float) -> None:
        cpu_s = self._cpu_s()
        looked_s, before_s = self._looked
        if cpu_s - before_s > _COMPUTING_SHARE * (now_s - looked_s):
            self._computed_s = now_s
        self._looked = (now_s, cpu_s)

    def _at_s(self, due: _Due) -> float:
        return max(due.at_s, self._computed_s + due.within_s) if due.computes else due.at_s
