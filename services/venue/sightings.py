"""What goes into a fusion and what comes out of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.venue.motion import Floats
from services.venue.tables import Flags, People, Whole
from shared.messages import Farewell


@dataclass(frozen=True, eq=False)
class Sightings:
    """What one camera sees in one picture, N people.

    Attributes:
        camera: index of the camera.
        at_us: when, by the camera's clock.
        tracks: (N,) the camera's own ids, unique; they may come again only after `Fusion.forget`.
        metres: (N, 2) places on the ground.
        noise: (N, 2, 2) their covariances, m^2.
        looks: (N, D) embeddings of unit length, zero where one is missing; None where nobody has any.
    """

    camera: int
    at_us: int
    tracks: Whole
    metres: Floats
    noise: Floats
    looks: NDArray[np.floating] | None = None


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


def farewell(people: People, row: int) -> Farewell:
    """Of the person in that row."""
    x, y = people.mean[row, :2].tolist()
    return Farewell(
        id=int(people.id[row]),
        born_us=int(people.born_us[row]),
        seen_us=int(people.seen_us[row]),
        metres=(x, y),
        distance_m=float(people.distance_m[row]),
        top_m_s=float(people.top_m_s[row]),
        sprints=int(people.sprints[row]),
    )


@dataclass(frozen=True, eq=False)
class Seen:
    """What came of one picture.

    Attributes:
        at_us: when, by the venue's clock.
        ids: (N,) whom the sightings show, in their order; 0 where that is not known yet.
        mean: (N, 4) place and velocity of the camera's own tracks, smoothed.
        merged: pairs of ids (younger, older) that turned out to be one person; the older goes on.
        left: people who have been away for too long, and what they have done.
    """

    at_us: int
    ids: Whole
    mean: Floats
    merged: tuple[tuple[int, int], ...]
    left: tuple[Farewell, ...]
