"""What a checkpoint of a fusion holds."""

from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.venue.rows import packed
from services.venue.tables import no_tracks
from shared.messages import Array


class Memory(msgspec.Struct, frozen=True):
    """All that a `Fusion` remembers; see `Fusion.memory`.

    Attributes:
        pairs: (N, 2) rows of tracks that were compared.
        apart: (N,) their mean squared distances.
        clocks: offsets of the cameras' clocks, and the sums that they follow from.
        latest_us: (C,) each camera's last picture.
    """

    next_id: int
    now_us: int
    tracks: dict[str, Array]
    people: dict[str, Array]
    pairs: Array
    apart: Array
    clocks: tuple[Array, ...]
    latest_us: Array

    def without_looks(self) -> Self:
        """The same people, whose looks are learnt anew."""
        people = self.people | {"look": Array.of(np.zeros((len(self.people["id"].numpy()), 0), np.float16))}
        return msgspec.structs.replace(self, people=people)

    def without_pairs(self) -> Self:
        """The same tracks, whose company is learnt anew."""
        return msgspec.structs.replace(self, pairs=self.pairs_none(), apart=self.array(np.zeros(0)))

    def without_tracks(self) -> Self:
        """The same people, found again where they are expected."""
        return msgspec.structs.replace(self.without_pairs(), tracks=packed(no_tracks()))

    @classmethod
    def pairs_none(cls) -> Array:
        """No pair."""
        return cls.array(np.zeros((0, 2), np.int32))

    @staticmethod
    def array(values: NDArray[Any]) -> Array:
        """As `Array.of`."""
        return Array.of(np.ascontiguousarray(values))
