"""Which partitions this worker works on. It only spares double work; correctness never rests on it."""

import logging
import threading
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Self

from shared.bus.transport import LeaseTransport, TransportError

_RENEWALS = 3  # per time to live
_PATIENCE = 10  # times to live that a loop may take for one batch

_log = logging.getLogger(__name__)


def aim(partitions: int, workers: int, rank: int) -> int:
    """How many leases the worker of `rank` (from 0) among `workers` should hold."""
    return partitions // workers + (rank < partitions % workers)


class Leases:
    """The leases of one worker of a stage; `with` it, a thread renews them while the loop beats.

    Args:
        transport: where the leases are.
        stage: whose.
        worker: a name that no other worker of the stage has.
        ttl_ms: a dead worker's leases are free after so long.
        clock: monotonic, in seconds.
        patience: after so many times `ttl_ms` without a beat of the loop, it counts as hung and the thread
            stops renewing.
    """

    def __init__(
        self,
        transport: LeaseTransport,
        stage: str,
        worker: str,
        ttl_ms: int,
        clock: Callable[[], float],
        patience: float = _PATIENCE,
    ) -> None:
        self._transport = transport
        self._among = list(range(transport.partitions))
        self._stage = stage
        self._worker = worker
        self._ttl_ms = ttl_ms
        self._clock = clock
        self._interval_s = ttl_ms / 1000 / _RENEWALS
        self._patience_s = patience * ttl_ms / 1000
        self._held: set[int] = set()
        self._lock = threading.Lock()
        self._beat_s = clock()
        self._due_s = self._beat_s
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def only(self, partitions: Collection[int]) -> Self:
        """Take no others: there is nothing to do in them."""
        self._among = sorted(partitions)
        return self

    def beat(self) -> None:
        """The loop is alive."""
        self._beat_s = self._clock()

    def tick(self) -> frozenset[int]:
        """The partitions to work on now; call it between two batches, it is a beat too.

        Looks at the server a few times per `ttl_ms`: renews, takes free leases up to the aim, gives the
        surplus back.

        Raises:
            TransportError: the server cannot be asked.
        """
        self.beat()
        with self._lock:
            if self._clock() >= self._due_s:
                self._balance(self._renew())
                self._due_s = self._clock() + self._interval_s
            return frozenset(self._held)

    def release_all(self) -> None:
        """Give everything back in good order and leave.

        Raises:
            TransportError: the server cannot be told; the leases end by themselves.
        """
        with self._lock:
            while self._held:
                self._transport.release(self._stage, self._held.pop(), self._worker)
            self._transport.dismiss(self._stage, self._worker)

    def _renew(self) -> list[str]:
        """Renew what is held, forget what is lost; the names of all live workers."""
        workers = self._transport.enlist(self._stage, self._worker, self._ttl_ms)
        self._held = {p for p in self._held if self._take(p)}
        return workers

    def _take(self, partition: int) -> bool:
        return self._transport.acquire(self._stage, partition, self._worker, self._ttl_ms)

    def _balance(self, workers: list[str]) -> None:
        rank = workers.index(self._worker)
        count = len(self._among)
        wanted = aim(count, len(workers), rank)
        for partition in sorted(self._held)[wanted:]:
            self._transport.release(self._stage, partition, self._worker)
            self._held.remove(partition)
        # Workers that start together begin to look at different places.
        first = count * rank // len(workers)
        for offset in range(count):
            partition = self._among[(first + offset) % count]
            if len(self._held) >= wanted:
                break
            if partition not in self._held and self._take(partition):
                self._held.add(partition)

    def _renew_for_ever(self) -> None:
        while not self._closing.wait(self._interval_s):
            if self._clock() - self._beat_s > self._patience_s:
                continue
            try:
                with self._lock:
                    self._renew()
            except TransportError as error:
                _log.warning("leases of %s are not renewed: %s", self._worker, error)

    def __enter__(self) -> Self:
        name = f"leases of {self._worker}"
        self._thread = threading.Thread(target=self._renew_for_ever, name=name, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        # The leases of a worker that breaks end by themselves: the next owner shall count this one as dead.
        if error is None:
            self.release_all()
