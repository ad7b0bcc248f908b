"""What a step of the tracker found."""

from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.tracking import motion
from shared.tracking.lifecycle import is_low
from shared.tracking.observations import Integers, Lost, Single
from shared.tracking.tracks import ID, SCORE, SEEN, Indices, Tracks

_NOBODY = Lost(
    np.empty(0, np.int64),
    np.empty((0, 4), np.float32),
    np.empty(0, np.int64),
    np.empty(0, np.bool_),
    np.empty(0, np.float32),
)


class Found(msgspec.Struct, frozen=True, eq=False, dict=True):
    """What one step found; what few ask for is computed when asked.

    Attributes:
        ids: (N,) of each observation's track, 0 where it has none.
        states: (N,) of `State`.
        removed: (R,) ids of tracks that have ended since the last step.
        tracks: all tracks after the step.
        rows: (M,) the tracks that were seen, and `columns` (M,) by which observations.
        picture_px: width and height of the picture, where known.
    """

    ids: Integers
    states: NDArray[np.uint8]
    removed: Integers
    tracks: Tracks
    rows: Indices
    columns: Indices
    picture_px: tuple[int, int] | None

    @cached_property
    def lost(self) -> Lost:
        """Confirmed tracks that the picture does not show."""
        tracks = self.tracks
        if len(self.rows) == len(tracks):
            return _NOBODY
        absent = tracks.confirmed()
        absent[self.rows] = False
        rows = absent.nonzero()[0]
        return Lost(
            tracks.numbers[ID, rows],
            _boxes(tracks.filters[motion.POSITION, rows]),
            tracks.numbers[SEEN, rows],
            is_low(tracks, self.picture_px)[rows],
            tracks.looks[SCORE, rows],
        )

    @cached_property
    def velocities(self) -> Single:
        """(N, 2) px/s of the centre, 0 where there is no track."""
        velocities = np.zeros((len(self.ids), 2), np.float32)
        velocities[self.columns] = self.tracks.filters[motion.CENTRE_VELOCITY, self.rows].T
        return velocities

    @cached_property
    def keypoints(self) -> Single:
        """(N, K, 3) smoothed keypoints, x and y in px; NaN where there is no track or no keypoint."""
        tracks = self.tracks
        keypoints = np.full((len(self.ids), *tracks.shapes.shape[1:]), np.nan, np.float32)
        shapes = tracks.shapes[self.rows]
        shapes[..., :2] += tracks.filters[:2, self.rows].T[:, None]
        keypoints[self.columns] = shapes
        return keypoints


def _boxes(position: Single) -> Single:
    """(N, 4) x0, y0, x1, y1 of `position` (4, N) cx, cy, w, h."""
    half = position[2:] / 2
    return np.concatenate([position[:2] - half, position[:2] + half]).T
