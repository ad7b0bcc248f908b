"""What comes out of the fusion: who is where, who has left, and what a checkpoint holds."""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.venue.motion import Floats
from services.venue.tables import Flags, People, Whole
from shared.messages import Array


@dataclass(frozen=True, eq=False)
class View:
    """P people at one moment.

    Attributes:
        at_us: the moment, by the venue's clock.
        ids: (P,) ascending.
        metres: (P, 2) places on the ground, fused of all cameras.
        covariance: (P, 2, 2) m^2, without what the calibrations have in common.
        velocity: (P, 2) m/s, smoothed.
        distance_m: (P,) since each was first seen.
        top_m_s: (P,) highest speed.
        sprints: (P,) so many.
        seen_by: (P, C) which cameras see each now.
    """

    at_us: int
    ids: Whole
    metres: Floats
    covariance: Floats
    velocity: Floats
    distance_m: Floats
    top_m_s: Floats
    sprints: Whole
    seen_by: Flags


class Farewell(msgspec.Struct, frozen=True):
    """What somebody has done who has left; `metres` is the last place."""

    id: int
    born_us: int
    seen_us: int
    metres: tuple[float, float]
    distance_m: float
    top_m_s: float
    sprints: int

    @classmethod
    def of(cls, people: People, row: int) -> "Farewell":
        """The person in that row."""
        x, y = people.mean[row, :2].tolist()
        return cls(
            id=int(people.id[row]),
            born_us=int(people.born_us[row]),
            seen_us=int(people.seen_us[row]),
            metres=(x, y),
            distance_m=float(people.distance_m[row]),
            top_m_s=float(people.top_m_s[row]),
            sprints=int(people.sprints[row]),
        )


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
