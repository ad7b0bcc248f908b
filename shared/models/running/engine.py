"""One session in fixed batch sizes, warm, that gives way where a GPU's memory is short."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from shared.models.account import Inference, account
from shared.models.errors import ModelError
from shared.models.running.libraries import failures, one_line
from shared.models.running.memory import out_of_memory
from shared.models.running.runs import Batch, Outputs, Run

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a session runs: the provider as configured, and how exactly it computes."""

    provider: str
    precision: str

    @property
    def on_gpu(self) -> bool:
        return self.provider != "cpu"


def buckets(largest: int) -> tuple[int, ...]:
    """1, 2, 4, 8 ... up to the last that is no larger than `largest`, at least 1."""
    return tuple(1 << power for power in range(largest.bit_length()))


class Engine:
    """Runs batches of any size up to `largest`, each padded to one of a few sizes.

    A GPU stalls for seconds on every shape it has not seen: all sizes are run once at the start. Where one
    does not fit the memory, then or later, larger ones are given up for good and the batch is halved.
    """

    def __init__(
        self, name: str, place: Place, run: Run, picture: tuple[int, int, int], largest: int
    ) -> None:
        """`picture` is (height, width, 3); `largest` the batch that is wanted."""
        self.name = name
        self.place = place
        self._run = run
        self._picture = picture
        self._buckets = buckets(largest)
        self._giving_up = Lock()

    @property
    def largest(self) -> int:
        """The pictures that go at once, at most."""
        return self._buckets[-1]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The batch sizes that the network sees."""
        return self._buckets

    def warm(self, outputs: Sequence[str]) -> None:
        """Run every size once, from the smallest; those that do not fit the memory are given up.

        Raises:
            ModelError: not even one picture fits.
        """
        for size in self._buckets:
            if size <= self.largest:  # it may have shrunk
                self._through(np.zeros((size, *self._picture), np.uint8), outputs)
        account.limited(self.name, self.largest)

    def infer(self, batch: Batch, wanted: Sequence[str]) -> Outputs:
        """Run 1 to `largest` pictures (more than that only where `largest` has just shrunk).

        Raises:
            ModelError: the GPU has no memory left for a single picture.
        """
        count, sizes = len(batch), self._buckets
        if count > sizes[-1]:
            return self._in_halves(batch, wanted)
        size = next(size for size in sizes if size >= count)
        started_s = time.perf_counter()
        outputs = self._through(self._padded(batch, size), wanted)
        if outputs is None:
            return self.infer(batch, wanted)
        account.inferred(Inference(self.name, count, size, time.perf_counter() - started_s))
        return {name: value[:count] for name, value in outputs.items()}

    def _through(self, batch: Batch, wanted: Sequence[str]) -> Outputs | None:
        """Run a batch of one of our sizes; None where it does not fit, and `largest` is smaller now."""
        try:
            return self._run(batch, wanted)
        except failures() as error:
            if not out_of_memory(error):
                raise
            self._give_up(len(batch), error)
            return None

    def _padded(self, batch: Batch, size: int) -> Batch:
        if len(batch) == size:
            return np.ascontiguousarray(batch)
        padded = np.empty((size, *self._picture), np.uint8)
        padded[: len(batch)] = batch
        padded[len(batch) :] = 0
        return padded

    def _in_halves(self, batch: Batch, wanted: Sequence[str]) -> Outputs:
        middle = (len(batch) + 1) // 2
        first, second = (self.infer(half, wanted) for half in (batch[:middle], batch[middle:]))
        return {name: np.concatenate([first[name], second[name]]) for name in wanted}

    def _give_up(self, size: int, error: Exception) -> None:
        """No batch of `size` again."""
        if size == 1:
            raise ModelError(
                f"{self.name}: {self.place.provider} has no memory left for one picture; give the GPU to"
                f" fewer workers, or this one to the CPU (runtime.providers): {one_line(error)}"
            ) from error
        with self._giving_up:
            self._buckets = tuple(bucket for bucket in self._buckets if bucket < size)
            largest = self.largest
        account.halved(self.name)
        account.limited(self.name, largest)
        _LOG.warning(
            "%s: a batch of %d does not fit the memory of the GPU; from now on at most %d at once",
            self.name,
            size,
            largest,
        )
