"""What goes into a tracker and what comes out."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Single = NDArray[np.float32]

MAX_EMBEDDING = 512


class State(IntEnum):
    """Of an observation's track; LOST tracks have no observation."""

    NONE = 0
    TENTATIVE = 1
    CONFIRMED = 2


@dataclass(frozen=True, eq=False, slots=True)
class Observations:
    """The persons of one picture.

    Attributes:
        boxes: (N, 4) x0, y0, x1, y1 in px.
        scores: (N,) in [0, 1].
        keypoints: (N, K, 3) x, y in px and visibility in [0, 1], NaN where unknown; K is the same always.
        embeddings: (N, D) of unit length, NaN in the rows of persons without; D is the same always.
        warp: (2, 3) takes places of the last picture to where they are in this one (the camera has moved).
        picture_px: width and height of the picture: who is cut off by its edge has not fallen.
    """

    boxes: NDArray[np.floating]
    scores: NDArray[np.floating]
    keypoints: NDArray[np.floating] | None = None
    embeddings: NDArray[np.floating] | None = None
    warp: NDArray[np.floating] | None = None
    picture_px: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit together.

        Raises:
            ValueError: which, and what was wanted.
        """
        count = len(self.scores)
        if self.boxes.shape != (count, 4):
            raise ValueError(f"boxes are {self.boxes.shape}, not ({count}, 4) as there are scores")
        if (points := self.keypoints) is not None and (points.ndim != 3 or points.shape[::2] != (count, 3)):
            raise ValueError(f"keypoints are {points.shape}, not ({count}, K, 3)")
        if (looks := self.embeddings) is not None and (
            looks.ndim != 2 or len(looks) != count or looks.shape[1] > MAX_EMBEDDING
        ):
            raise ValueError(f"embeddings are {looks.shape}, not ({count}, D) with D up to {MAX_EMBEDDING}")
        if self.warp is not None and self.warp.shape != (2, 3):
            raise ValueError(f"warp is {self.warp.shape}, not (2, 3)")


@dataclass(frozen=True, eq=False, slots=True)
class Lost:
    """M confirmed tracks that the picture does not show.

    Attributes:
        ids: (M,).
        boxes: (M, 4) x0, y0, x1, y1 in px, where they are expected.
        seen_us: (M,) media time of the last observation.
        low: (M,) the person was low near the floor then.
        scores: (M,) of the last observation.
    """

    ids: Integers
    boxes: Single
    seen_us: Integers
    low: NDArray[np.bool_]
    scores: Single
