"""Looks at the server for the worker's loop, which may not wait for it."""

import time
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from shared.bus.transport import SourceTransport
from shared.worker.loop import Ownership

_SOURCES_S = 1.0  # how often it looks whether an ended source was begun again


@dataclass(frozen=True)
class Sight:
    """The partitions owned, those of the ended cameras whose source was begun again, and when that was so.

    `seen_s` is before the look began: a process may stand still between a look and its use.
    """

    seen_s: float
    owned: frozenset[int]
    begun: frozenset[str]


class Lookout:
    """One look at a time, in a thread of its own.

    The leases' heartbeat is in it: a loop that hangs asks for no look, and its leases run out.
    """

    def __init__(self, ownership: Ownership, transport: SourceTransport) -> None:
        self._ownership = ownership
        self._transport = transport
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="lookout")
        self._looking: Future[Sight] | None = None
        self._sources_s = 0.0

    def look(self, now_s: float, ended: Collection[str]) -> Sight | None:
        """What the latest look saw, once; None while it is under way. The next one begins at once.

        Raises:
            TransportError: the server was away at that look.
            ServerRefusedError: a person must act.
        """
        looking = self._looking
        if looking is not None and not looking.done():
            return None
        names: Collection[str] = ()
        if now_s >= self._sources_s:
            self._sources_s = now_s + _SOURCES_S
            names = tuple(ended)
        self._looking = self._pool.submit(self._see, names)
        return None if looking is None else looking.result()

    def close(self) -> None:
        """Wait for the look under way."""
        self._pool.shutdown()

    def _see(self, ended: Collection[str]) -> Sight:
        seen_s = time.monotonic()
        owned = self._ownership.tick()
        return Sight(
            seen_s, owned, frozenset(name for name in ended if not self._transport.source(name).ended)
        )
