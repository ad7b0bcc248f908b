"""What every decoder says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Keypoints:
    """Bodies as a network sees them.

    Attributes:
        points: (N, K, 2) x, y in units of the network's input, 0 to 1: a pixel with index i of a side of s
            pixels is at i / s, which is how `cut` takes a region apart and `Region.to_picture` undoes it.
            A weak keypoint may lie anywhere in the input.
        scores: (N, K) how sure each keypoint is, 0 to 1.
        presence: (N,) how sure it is that there is somebody, 0 to 1.
    """

    points: Floats
    scores: Floats
    presence: Floats

    @classmethod
    def scored(cls, points: NDArray[np.floating], scores: NDArray[np.floating]) -> Self:
        """Bodies of a network that says nothing of a person as a whole: the mean score of the keypoints is
        the presence.
        """
        bounded = np.clip(scores, 0, 1).astype(np.float32)
        return cls(points.astype(np.float32), bounded, bounded.mean(axis=1, dtype=np.float32))

    def only(self, kept: Iterable[int]) -> Self:
        """Some of the bodies, in the order given."""
        rows = np.fromiter(kept, np.int64)
        return type(self)(self.points[rows], self.scores[rows], self.presence[rows])
