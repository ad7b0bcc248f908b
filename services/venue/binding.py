"""Whose a camera's tracks are: the cheapest assignment to the venue's people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from services.venue import motion
from services.venue.motion import Floats
from services.venue.rows import Indices
from services.venue.tables import Flags, People, Tracks
from shared.settings import Fusion as Policy

# Costs are squared Mahalanobis distances: two views of one person have 2 in the mean, 6 in one of 20 cases.
ALONE = 5.0  # to be nobody whom another camera sees; a mean over a second that is larger says: somebody else
STAY = 3.0  # what it takes more to leave the person whom a track was taken for
BACK = 1.0  # for coming back from a gap: somebody whom another camera sees at the same place is likelier
_NEVER = 1e6


@dataclass(frozen=True, eq=False)
class Choice:
    """What is known of R tracks of one camera against P people.

    Attributes:
        together: (R, P) how far the track has kept from what other cameras see of the person; NaN where none
            of them does now.
        gap: (R, P) squared distance from where the person is expected, where no other camera sees the person
            now; NaN where one does, or the person cannot have come so far.
        own: (R, P) whom the track was taken for before; at most one in a row.
        appearance: (R, P) cost of their looks, 0 where one is not known.
    """

    together: Floats
    gap: Floats
    own: Flags
    appearance: Floats


def bind(choice: Choice) -> tuple[Indices, Indices]:
    """Rows and people that belong together; rows that are left out are of nobody known."""
    rows, people = choice.own.shape
    if not rows:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    cost = np.concatenate([_costs(choice), np.full((rows, rows), _NEVER)], axis=1)
    cost[np.arange(rows), people + np.arange(rows)] = ALONE
    left, right = linear_sum_assignment(cost)
    found = right < people
    return left[found], right[found]


def _costs(choice: Choice) -> Floats:
    kept, owned = np.any(choice.own, axis=0, keepdims=True), np.any(choice.own, axis=1, keepdims=True)
    together = choice.together + choice.appearance - STAY * choice.own
    alone = ALONE - 0.5 + 1e-3 * np.nan_to_num(choice.gap, nan=ALONE)  # of two that say so, the nearer one
    back = np.where(owned | kept, _NEVER, BACK + choice.gap + choice.appearance)
    cost = np.where(np.isnan(together), np.where(choice.own, alone, back), together)
    return np.asarray(np.nan_to_num(cost, nan=_NEVER), np.float64)


def gaps(tracks: Tracks, people: People, at_us: int, policy: Policy) -> Floats:
    """(R, P) squared distances of tracks from where people are expected; NaN beyond where they can be."""
    away_s = (at_us - people.seen_us) / 1e6
    expected = motion.predict(people.motion, away_s)
    squared = motion.squared_distances(tracks.motion, expected, policy.together_m)
    path = np.linalg.norm(tracks.mean[:, None, :2] - people.mean[None, :, :2], axis=2)
    reach = np.abs(away_s) * policy.speed_m_s + 3 * policy.together_m
    return np.where(path <= reach[None], squared, np.nan)


def appearances(looks: NDArray[np.floating], known: NDArray[np.floating]) -> Floats:
    """(R, P) cost of the looks of R sightings (R, D) against P people (P, D), both of unit length or zero.

    The cosine of one person's embeddings is about 0.5 to 0.9 across cameras and that of two people's about 0
    to 0.5, so the cost is 0 at 0.6, 4 at 0.2 and -3 at 0.9.
    """
    if not looks.shape[1] or looks.shape[1] != known.shape[1]:
        return np.zeros((len(looks), len(known)))
    cosine = np.asarray(looks, np.float64) @ known.T
    both = np.any(looks, axis=1, keepdims=True) & np.any(known, axis=1, keepdims=True).T
    return np.where(both, 10.0 * (0.6 - cosine), 0.0)
