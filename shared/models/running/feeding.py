"""Pictures on their way into a network: cut one part ahead, in a thread, while the part before is in it."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

import numpy as np

from shared import cputime
from shared.models.running.runs import Batch


@dataclass(frozen=True)
class _Filled:
    """How many pictures went into a buffer, and the CPU time of it."""

    count: int
    spent_ns: int


class Feeder:
    """Fills buffers from an iterator of pictures.

    One buffer is in the network while the next is filled: never more, so that nothing is cut long before it
    is needed. Whatever the iterator raises comes out of `parts` as it is.
    """

    def __init__(self, name: str, picture: tuple[int, int, int]) -> None:
        """`picture` is the (height, width, 3) that `name` takes."""
        self._name = name
        self._picture = picture
        self._buffers: list[Batch] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{name}-feed")

    def parts(
        self, pictures: Iterable[Batch], largest: Callable[[], int], *, ahead: bool, count: int | None = None
    ) -> Generator[Batch]:
        """The pictures in order, in parts of `largest()` and a rest; a part is good until the next is taken.

        Args:
            pictures: (height, width, 3) uint8 each; taken from a thread of its own where `ahead` is set.
            largest: asked before each part.
            ahead: fill the next part while the caller works on this one.
            count: of the pictures, if it is known: then nobody asks in vain for more.

        Raises:
            ValueError: a picture has another shape or type.
        """
        source = iter(pictures)
        buffer = self._buffer(0, largest())
        filled = self._fill(buffer, source).count  # nothing is in the network yet: no need for a thread
        turn, told = 0, filled
        while filled:
            if filled < len(buffer) or told == count:
                yield buffer[:filled]
                return
            turn = 1 - turn
            following = self._buffer(turn, largest())
            coming = self._thread.submit(self._fill, following, source) if ahead else None
            try:
                yield buffer[:filled]
            finally:
                if coming is not None:  # whoever gave up may let go of what the pictures are made of
                    wait([coming])
            filled, buffer = self._filled(coming, following, source), following
            told += filled

    def _filled(self, coming: Future[_Filled] | None, buffer: Batch, source: Iterator[Batch]) -> int:
        """How many pictures are in the buffer now, filled by the thread or by ourselves."""
        if coming is None:
            return self._fill(buffer, source).count
        filled = coming.result()
        cputime.credit(filled.spent_ns)
        return filled.count

    def _buffer(self, turn: int, size: int) -> Batch:
        """One of the two buffers, for `size` pictures."""
        while len(self._buffers) <= turn:
            self._buffers.append(np.empty((0, *self._picture), np.uint8))
        if len(self._buffers[turn]) < size:
            self._buffers[turn] = np.empty((size, *self._picture), np.uint8)
        return self._buffers[turn][:size]

    def _fill(self, buffer: Batch, source: Iterator[Batch]) -> _Filled:
        started_ns = time.thread_time_ns()
        count = 0
        for picture in islice(source, len(buffer)):
            if picture.dtype != np.uint8 or picture.shape != self._picture:
                raise ValueError(
                    f"{self._name} takes uint8 pictures {self._picture}, not {picture.dtype} {picture.shape}"
                )
            buffer[count] = picture
            count += 1
        return _Filled(count, time.thread_time_ns() - started_ns)
