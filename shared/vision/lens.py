"""A lens that bends straight lines, in OpenCV's model of it (Brown-Conrady)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The inverse has no closed form; a hundredth of a pixel is far below what anybody can click.
_STOP = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 50, 1e-4)


@dataclass(frozen=True)
class Lens:
    """Intrinsics as `cv2.calibrateCamera` gives them.

    Attributes:
        focal_px: along x and y.
        centre_px: the principal point.
        distortion: k1, k2, p1, p2, and up to k3 to k6; 4, 5 or 8 numbers.

    Source: https://docs.opencv.org/4.x/d9/d0c/group__calib3d.html
    """

    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    distortion: tuple[float, ...]

    @property
    def _matrix(self) -> Floats:
        return np.array(
            [[self.focal_px[0], 0, self.centre_px[0]], [0, self.focal_px[1], self.centre_px[1]], [0, 0, 1]]
        )

    def straightened(self, px: Floats) -> Floats:
        """(N, 2) pixels of the picture to where a lens without distortion would have them; NaN stays."""
        if not len(px):
            return px.copy()
        matrix = self._matrix
        straight = cv2.undistortPointsIter(
            px.reshape(-1, 1, 2), matrix, np.array(self.distortion), np.eye(3), matrix, _STOP
        )
        return np.asarray(straight, np.float64).reshape(-1, 2)

    def bent(self, px: Floats) -> Floats:
        """(N, 2) the way back: to pixels of the picture. Far outside of it the model means nothing."""
        if not len(px):
            return px.copy()
        matrix, still = self._matrix, np.zeros(3)
        rays = np.column_stack([(px - matrix[:2, 2]) / np.diag(matrix)[:2], np.ones(len(px))])
        pixels, _ = cv2.projectPoints(rays.reshape(-1, 1, 3), still, still, matrix, np.array(self.distortion))
        return np.asarray(pixels, np.float64).reshape(-1, 2)
