"""What a venue remembers: the cameras' tracks on the ground, and the people whom they are of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.venue.efforts import Efforts
from services.venue.motion import Floats, Motion

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

NOBODY = 0


@dataclass(frozen=True, eq=False)
class Tracks:
    """T tracks of single cameras.

    Attributes:
        camera: (T,) index of the camera.
        number: (T,) the camera's own id of the track.
        born_us: (T,) first seen.
        seen_us: (T,) last seen.
        person: (T,) whose it is; `NOBODY` where that is not known yet.
        mean: (T, 4) place and velocity on the ground, smoothed, when last seen.
        covariance: (T, 4, 4)
    """

    camera: Whole
    number: Whole
    born_us: Whole
    seen_us: Whole
    person: Whole
    mean: Floats
    covariance: Floats

    @property
    def motion(self) -> Motion:
        """How they move, each at its `seen_us`."""
        return Motion(self.mean, self.covariance)

    def rows_of(self, camera: int, numbers: Whole) -> NDArray[np.intp]:
        """(N,) the rows of a camera's tracks with these numbers, -1 where there is none."""
        ours = np.flatnonzero(self.camera == camera)
        found, where = np.nonzero(self.number[ours][None] == numbers[:, None])
        rows = np.full(len(numbers), -1, np.intp)
        rows[found] = ours[where]
        return rows


@dataclass(frozen=True, eq=False)
class People:
    """P people of the venue.

    Attributes:
        id: (P,) unique, ascending, never used again.
        born_us: (P,) first seen.
        seen_us: (P,) last seen by any camera.
        mean: (P, 4) place and velocity, fused and smoothed, when last seen.
        covariance: (P, 4, 4)
        look: (P, D) mean of the embeddings, unit length; zero where there is none. D is 0 until the first.
        anchor, distance_m, velocity, top_m_s, sprints, fast_since_us, fast_us, timed_us: see `Efforts`.
    """

    id: Whole
    born_us: Whole
    seen_us: Whole
    mean: Floats
    covariance: Floats
    look: NDArray[np.float16]
    anchor: Floats
    distance_m: Floats
    velocity: Floats
    top_m_s: Floats
    sprints: Whole
    fast_since_us: Whole
    fast_us: Whole
    timed_us: Whole

    @property
    def motion(self) -> Motion:
        """How they move, each at its `seen_us`."""
        return Motion(self.mean, self.covariance)

    @property
    def efforts(self) -> Efforts:
        """What they have done."""
        return Efforts(
            *(self.anchor, self.distance_m, self.velocity, self.top_m_s),
            *(self.sprints, self.fast_since_us, self.fast_us, self.timed_us),
        )

    def rows_of(self, ids: Whole) -> NDArray[np.intp]:
        """Where the people with these ids are; all of them must be there."""
        return np.searchsorted(self.id, ids)


def begin(camera: int, numbers: Whole, at_us: int, born: Motion) -> Tracks:
    """Tracks of one camera that are seen for the first time."""
    now_us = np.full(len(numbers), at_us, np.int64)
    return Tracks(
        camera=np.full(len(numbers), camera, np.int64),
        number=numbers,
        born_us=now_us,
        seen_us=now_us,
        person=np.full(len(numbers), NOBODY, np.int64),
        mean=born.mean,
        covariance=born.covariance,
    )


def no_tracks() -> Tracks:
    none = np.zeros(0, np.int64)
    return Tracks(none, none, none, none, none, np.zeros((0, 4)), np.zeros((0, 4, 4)))


def no_people() -> People:
    none, nothing, places = np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 2))
    return People(
        id=none,
        born_us=none,
        seen_us=none,
        mean=np.zeros((0, 4)),
        covariance=np.zeros((0, 4, 4)),
        look=np.zeros((0, 0), np.float16),
        anchor=places,
        distance_m=nothing,
        velocity=places,
        top_m_s=nothing,
        sprints=none,
        fast_since_us=none,
        fast_us=none,
        timed_us=none,
    )
