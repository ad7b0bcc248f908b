"""The observations of one picture, ready to be matched."""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.tracking.observations import Observations, Single
from shared.tracking.scalars import ONE
from shared.tracking.tracks import Indices

_TO_POSITION = np.array([[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [-1, 0, 1, 0], [0, -1, 0, 1]], np.float32)


class Scene(msgspec.Struct, frozen=True, eq=False):
    """N observations, ready to be matched.

    Attributes:
        pts_us: media time.
        observed: (5, N) cx, cy, w, h in px, sides of at least a pixel, and the score.
        position, scores: (4, N) and (N,), the parts of it.
        sure: (N,) may start a track and is matched with preference.
        all_sure: all are.
        keypoints: (N, K, 3) or None.
        embeddings: (N, D) or None.
    """

    pts_us: int
    observed: Single
    position: Single
    scores: Single
    sure: NDArray[np.bool_]
    all_sure: bool
    keypoints: Single | None
    embeddings: Single | None

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def of(cls, pts_us: int, observations: Observations, sure_score: Single) -> Self:
        """What a picture at `pts_us` shows."""
        count = len(observations.scores)
        observed = np.empty((5, count), np.float32)
        position = observed[:4]
        _TO_POSITION.dot(observations.boxes.T.astype(np.float32), out=position)
        sides = position[2:]
        np.maximum(sides, ONE, out=sides)
        scores = observed[4]
        scores[:] = observations.scores
        sure = scores >= sure_score
        points, looks = observations.keypoints, observations.embeddings
        return cls(
            pts_us,
            observed,
            position,
            scores,
            sure,
            np.count_nonzero(sure) == count,
            None if points is None else points.astype(np.float32),
            None if looks is None else looks.astype(np.float32),
        )

    def keypoint_count(self) -> int:
        """K, 0 where there are none."""
        return 0 if self.keypoints is None else self.keypoints.shape[1]

    def embedding_length(self) -> int:
        """D, 0 where there are none."""
        return 0 if self.embeddings is None else self.embeddings.shape[1]

    def shapes(self, columns: Indices, points: int) -> Single:
        """(M, K, 3) the keypoints of `columns` relative to the centres; `points` times NaN without any."""
        if self.keypoints is None:
            return np.full((len(columns), points, 3), np.nan, np.float32)
        shapes = self.keypoints[columns]
        shapes[..., :2] -= self.position[:2, columns].T[:, None]
        return shapes
