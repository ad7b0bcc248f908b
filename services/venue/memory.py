"""What a checkpoint of a fusion holds."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

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

    @staticmethod
    def array(values: NDArray[Any]) -> Array:
        """As `Array.of`."""
        return Array.of(np.ascontiguousarray(values))
