"""Standing in for an enriching stage that has no live worker, so that what follows it goes on."""

from collections.abc import Callable
from typing import Self

from shared.bus.transport import LeaseTransport


class StandInLeases:
    """Owns a dead stage's share of our own stage's partitions; gives way when that stage is back.

    It never enlists as a worker of the stage, so a real worker that starts finds all of it to be its own.
    """

    def __init__(
        self,
        transport: LeaseTransport,
        stage: str,
        worker: str,
        *,
        ttl_ms: int,
        candidates: Callable[[], frozenset[int]],
        clock: Callable[[], float],
    ) -> None:
        """`candidates`: the partitions to stand in for; `clock` in seconds."""
        self._transport = transport
        self._stage = stage
        self._worker = worker
        self._ttl_ms = ttl_ms
        self._candidates = candidates
        self._clock = clock
        self._owned: frozenset[int] = frozenset()
        self._next_look = clock()
        self._absent_since: float | None = None

    def tick(self) -> frozenset[int]:
        now = self._clock()
        if now >= self._next_look:
            self._next_look = now + self._ttl_ms / 3000
            self._look(now)
        return self._owned

    def beat(self) -> None:
        """Nothing renews these leases but `tick` itself."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._release_all()

    def _release_all(self) -> None:
        for partition in self._owned:
            self._transport.release(self._stage, partition, self._worker)
        self._owned = frozenset()

    def _look(self, now: float) -> None:
        if self._transport.roll(self._stage):
            self._absent_since = None
            self._release_all()
            return
        if self._absent_since is None:
            self._absent_since = now
        if now - self._absent_since < self._ttl_ms / 1000:
            return
        wanted = self._candidates()
        for partition in self._owned - wanted:
            self._transport.release(self._stage, partition, self._worker)
        acquire = self._transport.acquire
        self._owned = frozenset(p for p in wanted if acquire(self._stage, p, self._worker, self._ttl_ms))
