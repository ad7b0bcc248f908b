"""The tracks of one camera as arrays, one track in a column, and the form in which they are kept."""

from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.messages import Array
from shared.tracking import motion
from shared.tracking.observations import Integers, Single, State
from shared.tracking.scalars import integer

Indices = NDArray[np.intp]

# Rows of `Tracks.numbers` and of `Tracks.looks`.
ID, STATE, BORN, SEEN, HITS, MISSES, DOUBT = range(7)
LAST, SCORE, OBSERVED, TALL, FLOOR = slice(0, 4), 4, slice(0, 5), 5, 6
_NUMBERS, _LOOKS = 7, 7
_CONFIRMED = integer(State.CONFIRMED)

# The past of a track: so many places, this far apart in time. Two seconds tell where somebody is heading.
HISTORY = 8
HISTORY_US = 250_000


class Memory(msgspec.Struct, frozen=True):
    """What a tracker remembers, exact to the bit: 236 bytes for each track, 156 more with 13 keypoints, and
    twice the length of the embeddings.
    """

    next_track: int = 1
    pts_us: int | None = None
    filters: Array = Array.of(np.empty((motion.ROWS, 0), np.float32))
    numbers: Array = Array.of(np.empty((_NUMBERS, 0), np.int64))
    looks: Array = Array.of(np.empty((_LOOKS, 0), np.float32))
    shapes: Array = Array.of(np.empty((0, 0, 3), np.float32))
    gallery: Array = Array.of(np.empty((0, 0), np.float16))
    history: Array = Array.of(np.empty((HISTORY, 0, 2), np.float32))
    times_us: tuple[int, ...] = ()


@dataclass(eq=False, slots=True)
class Tracks:
    """T tracks.

    Attributes:
        filters: (`motion.ROWS`, T).
        numbers: (7, T) id, state, when born and last seen in us, sightings until confirmed, misses since the
            last one (where the policy counts them), and what looks leave in doubt (see `recognition`).
        looks: (7, T) the last observed cx, cy, w, h and score, and where the person stood tallest: height
            and the lower edge then, px.
        shapes: (T, K, 3) smoothed keypoints, x and y relative to the centre in px; K is 0 before the first.
        gallery: (T, D) mean embeddings; D is 0 before the first.
        history: (`HISTORY`, T, 2) centres at `times_us`, the newest last, NaN where it was not seen.
        times_us: when the history was written.
    """

    filters: Single
    numbers: Integers
    looks: Single
    shapes: Single
    gallery: NDArray[np.float16]
    history: Single
    times_us: tuple[int, ...]
    _expected: motion.Expected | None = field(default=None, init=False, repr=False)

    @classmethod
    def unpack(cls, memory: Memory) -> "Tracks":
        """The tracks of a memory."""
        return cls(
            memory.filters.numpy(),
            memory.numbers.numpy(),
            memory.looks.numpy(),
            memory.shapes.numpy(),
            memory.gallery.numpy(),
            memory.history.numpy(),
            memory.times_us,
        )

    def __len__(self) -> int:
        return len(self.shapes)

    def pack(self, next_track: int, pts_us: int | None) -> Memory:
        """The memory of these tracks."""
        return Memory(
            next_track,
            pts_us,
            Array.of(self.filters),
            Array.of(self.numbers),
            Array.of(self.looks),
            Array.of(self.shapes),
            Array.of(self.gallery),
            Array.of(self.history),
            self.times_us,
        )

    def ahead(self, elapsed_us: int, dynamics: motion.Dynamics) -> "Tracks":
        """The tracks `elapsed_us` later; to be changed without changing these."""
        return Tracks(
            motion.predict(self.filters, elapsed_us, dynamics),
            self.numbers.copy(),
            self.looks.copy(),
            self.shapes,
            self.gallery,
            self.history,
            self.times_us,
        )

    def confirmed(self) -> NDArray[np.bool_]:
        """(T,) which tracks are."""
        confirmed: NDArray[np.bool_] = self.numbers[STATE] == _CONFIRMED
        return confirmed

    def expected(self, variance: float) -> motion.Expected:
        """`motion.expected` of the filters, worked out once; `forget` it when they have changed."""
        if self._expected is None:
            self._expected = motion.expected(self.filters, variance)
        return self._expected

    def forget(self) -> None:
        """Let what was expected be worked out anew."""
        self._expected = None

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Drop all tracks but those of `rows` (T,)."""
        self.forget()
        places = rows.nonzero()[0]
        self.filters = self.filters.take(places, axis=1)
        self.numbers = self.numbers.take(places, axis=1)
        self.looks = self.looks.take(places, axis=1)
        self.shapes = self.shapes.take(places, axis=0)
        self.gallery = self.gallery.take(places, axis=0)
        self.history = self.history.take(places, axis=1)

    def join(self, new: "Tracks") -> None:
        """Add tracks after these."""
        self.filters = np.concatenate([self.filters, new.filters], axis=1)
        self.numbers = np.concatenate([self.numbers, new.numbers], axis=1)
        self.looks = np.concatenate([self.looks, new.looks], axis=1)
        self.shapes = np.concatenate([self.shapes, new.shapes])
        self.gallery = np.concatenate([self.gallery, new.gallery])
        self.history = np.concatenate([self.history, new.history], axis=1)

    def make_room(self, points: int, depth: int) -> None:
        """Let the tracks have `points` keypoints and embeddings of `depth` numbers, where those are not 0.

        What they have of another length, from another model, is forgotten.
        """
        if points and self.shapes.shape[1] != points:
            self.shapes = np.full((len(self), points, 3), np.nan, np.float32)
        if depth and self.gallery.shape[1] != depth:
            self.gallery = np.full((len(self), depth), np.nan, np.float16)

    def track_bytes(self) -> int:
        """What each track takes up in a memory."""
        fixed = 4 * (motion.ROWS + _LOOKS + 2 * HISTORY) + 8 * _NUMBERS
        return int(fixed + 12 * self.shapes.shape[1] + 2 * self.gallery.shape[1])
