"""How well each pair of tracks of different cameras has kept together lately."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from services.venue.motion import Floats
from services.venue.rows import Indices

MEMORY_S = 1.0  # people who only pass each other are near for less
FAR = 30.0  # squared distances beyond count as this: who was far away once may come near again within seconds
_APART = 0.95 * FAR  # pairs beyond are not kept: there are many, and who comes near does so through here


class Evidence:
    """Running means of squared Mahalanobis distances, (T, T), symmetric; NaN for pairs far apart.

    Two unbiased views of one person have a mean of 2 (two degrees of freedom).
    """

    def __init__(self) -> None:
        self.mean: Floats = np.zeros((0, 0))

    @classmethod
    def of(cls, count: int, pairs: NDArray[np.int32], apart: Floats) -> Self:
        """Of so many tracks, as `pairs` told of them."""
        evidence = cls()
        evidence.grow(count)
        first, second = pairs.T
        evidence.mean[first, second] = evidence.mean[second, first] = apart
        return evidence

    def pairs(self) -> tuple[NDArray[np.int32], Floats]:
        """(N, 2) the rows of the pairs that are known, each once, and (N,) their means."""
        known = np.argwhere(np.triu(np.isfinite(self.mean), 1))
        return known.astype(np.int32), self.mean[known[:, 0], known[:, 1]]

    def grow(self, count: int) -> None:
        """So many tracks have joined, at the end."""
        size = len(self.mean) + count
        grown = np.full((size, size), np.nan)
        grown[: len(self.mean), : len(self.mean)] = self.mean
        self.mean = grown

    def keep(self, rows: Indices) -> None:
        """Only these tracks are left."""
        self.mean = self.mean[np.ix_(rows, rows)]

    def drop(self, rows: NDArray[np.bool_]) -> None:
        """Nothing is known of these tracks any more."""
        self.mean[rows] = np.nan
        self.mean[:, rows] = np.nan

    def note(self, rows: Indices, others: Indices, squared: Floats, elapsed_s: Floats) -> None:
        """Take in distances of `rows` (N,) from `others` (M,): `squared` (N, M).

        Args:
            rows: tracks of one camera.
            others: tracks of other cameras.
            squared: squared Mahalanobis distances of the pairs.
            elapsed_s: (N,) since each of `rows` was seen before; 0 for the first time.
        """
        if not len(rows) or not len(others):
            return
        place = np.ix_(rows, others)
        before = self.mean[place]
        share = (1 - np.exp(-elapsed_s / MEMORY_S))[:, None]
        squared = np.minimum(squared, FAR)
        after = np.where(np.isnan(before), squared, before + share * (squared - before))
        after[after > _APART] = np.nan
        self.mean[place] = after
        self.mean[np.ix_(others, rows)] = after.T
