"""The tracks of one camera as arrays, one track in a column, and the form in which they are kept."""

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.messages import Array
from shared.tracking import motion
from shared.tracking.scene import Integers, Single

Indices = NDArray[np.intp]

# Rows of `Tracks.numbers` and of `Tracks.looks`.
ID, BORN, SEEN, HITS, MISSES, CONFIRMED, DOUBTED = range(7)
LAST, SCORE, TALL, FLOOR = slice(0, 4), 4, 5, 6
_NUMBERS, _LOOKS = 7, 7

# The past of a track: so many places, this far apart in time. Two seconds tell where somebody is heading.
HISTORY = 8
HISTORY_US = 250_000


class Memory(msgspec.Struct, frozen=True):
    """What a tracker remembers, exact to the bit: 200 bytes for each track, 156 more with 13 keypoints, and
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
        numbers: (7, T) id, when born and last seen in us, hits, misses since, whether confirmed, and
            what looks leave in doubt (see `recognition`).
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

    @classmethod
    def unpack(cls, memory: Memory) -> "Tracks":
        """The tracks of a memory."""
        return cls(
            memory.filters.numpy().copy(),
            memory.numbers.numpy().copy(),
            memory.looks.numpy().copy(),
            memory.shapes.numpy().copy(),
            memory.gallery.numpy().copy(),
            memory.history.numpy().copy(),
            memory.times_us,
        )

    def __len__(self) -> int:
        return self.filters.shape[1]

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

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Drop all tracks but those of `rows` (T,)."""
        self.filters = self.filters[:, rows]
        self.numbers = self.numbers[:, rows]
        self.looks = self.looks[:, rows]
        self.shapes = self.shapes[rows]
        self.gallery = self.gallery[rows]
        self.history = self.history[:, rows]

    def join(self, new: "Tracks") -> None:
        """Add tracks after these."""
        self.filters = np.concatenate([self.filters, new.filters], axis=1)
        self.numbers = np.concatenate([self.numbers, new.numbers], axis=1)
        self.looks = np.concatenate([self.looks, new.looks], axis=1)
        self.shapes = np.concatenate([self.shapes, new.shapes])
        self.gallery = np.concatenate([self.gallery, new.gallery])
        self.history = np.concatenate([self.history, new.history], axis=1)

    def make_room(self, points: int, depth: int) -> None:
        """Let the tracks have `points` keypoints and embeddings of `depth` from now on.

        Embeddings of another length are another model's: those known are of no use, and forgotten.

        Raises:
            ValueError: they have had another number of keypoints.
        """
        count = len(self)
        if points and self.shapes.shape[1] != points:
            if self.shapes.shape[1]:
                raise ValueError(f"{points} keypoints, but the tracks have {self.shapes.shape[1]}")
            self.shapes = np.full((count, points, 3), np.nan, np.float32)
        if depth and self.gallery.shape[1] != depth:
            self.gallery = np.full((count, depth), np.nan, np.float16)

    def track_bytes(self) -> int:
        """What each track takes up in a memory."""
        fixed = 4 * (motion.ROWS + _LOOKS + 2 * HISTORY) + 8 * _NUMBERS
        return fixed + 12 * self.shapes.shape[1] + 2 * self.gallery.shape[1]


def boxes_of(position: Single) -> Single:
    """(N, 4) x0, y0, x1, y1 of `position` (4, N) cx, cy, w, h."""
    half = position[2:] * np.float32(0.5)
    return np.concatenate([position[:2] - half, position[:2] + half]).T
