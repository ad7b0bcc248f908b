"""From pixels to metres on the ground, and back: a camera's homography and how sure it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.vision.lens import Lens

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Located:
    """N places on the ground.

    Attributes:
        metres: (N, 2) x, y; NaN for pixels on or above the horizon.
        covariance: (N, 2, 2) in m^2, of the pixel's noise and of the calibration; NaN where `metres` are.
        inside: (N,) whether the place lies within the hull of the calibrated points; outside of it errors
            of the calibration grow without a bound that residuals could tell.
    """

    metres: Floats
    covariance: Floats
    inside: Flags


@dataclass(frozen=True, eq=False)
class Ground:
    """One camera's view of the ground; made by `shared.vision.calibration.calibrate`.

    The homography maps normalised metres to normalised, straightened pixels. It is normalised so that its
    last entry is 1: the denominator at the centre of the points, which the camera has before it.

    Attributes:
        matrix: (3, 3) the homography.
        uncertainty: (8, 8) covariance of its first eight entries.
        metre_frame: centre x, y and scale: normalised = (metres - centre) * scale.
        pixel_frame: the same for pixels.
        hull_m: (H, 2) corners of the hull of the calibrated points.
        lens: None where the picture is taken as straight.
    """

    matrix: Floats
    uncertainty: Floats
    metre_frame: Floats
    pixel_frame: Floats
    hull_m: Floats
    lens: Lens | None

    @property
    def mirrored(self) -> bool:
        """Whether x and y of the ground turn the other way round than seen from above with x to the right
        and y away.
        """
        return bool(np.linalg.det(self.matrix) > 0)

    def locate(self, px: Floats, sigma_px: Floats | float) -> Located:
        """Where (N, 2) pixels of the picture lie on the ground.

        Args:
            px: x, y.
            sigma_px: standard deviation of each, (N, 2), or the same for all.
        """
        px = np.asarray(px, np.float64).reshape(-1, 2)
        metres = self._normal_metres(self._normal_pixels(px))
        jacobian, by_parameter = jacobians(self.matrix, metres)
        scale = self.pixel_frame[2]
        noise = np.zeros((len(px), 2, 2))
        noise[:, [0, 1], [0, 1]] = (np.broadcast_to(sigma_px, px.shape) * scale) ** 2
        noise += by_parameter @ self.uncertainty @ by_parameter.transpose(0, 2, 1)
        inverse = _inverses(jacobian)
        covariance = inverse @ noise @ inverse.transpose(0, 2, 1) / self.metre_frame[2] ** 2
        metres = metres / self.metre_frame[2] + self.metre_frame[:2]
        return Located(metres, covariance, _within(self.hull_m, metres))

    def pixels(self, metres: Floats) -> Floats:
        """(N, 2) pixels that show (N, 2) metres on the ground; NaN for what lies behind the camera."""
        normal = (np.asarray(metres, np.float64).reshape(-1, 2) - self.metre_frame[:2]) * self.metre_frame[2]
        straight: Floats = project(self.matrix, normal) / self.pixel_frame[2] + self.pixel_frame[:2]
        return straight if self.lens is None else self.lens.bent(straight)

    def _normal_pixels(self, px: Floats) -> Floats:
        straight = px if self.lens is None else self.lens.straightened(px)
        normal: Floats = (straight - self.pixel_frame[:2]) * self.pixel_frame[2]
        return normal

    def _normal_metres(self, px: Floats) -> Floats:
        """Solve the two linear equations that a pixel gives; NaN where the ground lies behind the camera."""
        top, bottom = self.matrix[:2], self.matrix[2]
        system = top[None, :, :2] - px[:, :, None] * bottom[None, None, :2]
        wanted = px - top[:, 2]
        metres: Floats = np.einsum("nij,nj->ni", _inverses(system), wanted)
        metres[~(metres @ bottom[:2] + 1 > 0)] = np.nan
        return metres


def bare(matrix: Floats, placed: Floats) -> Floats:
    moved = placed @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(moved[:, :2] / moved[:, 2:], np.float64)


def project(matrix: Floats, placed: Floats) -> Floats:
    """(N, 2) the picture of normalised metres; NaN behind the camera."""
    ahead = placed @ matrix[2, :2] + 1 > 0
    pixels = np.full(placed.shape, np.nan)
    pixels[ahead] = bare(matrix, placed[ahead])
    return pixels


def jacobians(matrix: Floats, placed: Floats) -> tuple[Floats, Floats]:
    """How the picture of each place changes: (N, 2, 2) with the place, (N, 2, 8) with the parameters."""
    depth = placed @ matrix[2, :2] + 1
    pixels = (placed @ matrix[:2, :2].T + matrix[:2, 2]) / depth[:, None]
    by_place = (matrix[None, :2, :2] - pixels[:, :, None] * matrix[2, None, None, :2]) / depth[:, None, None]
    by_parameter = np.zeros((len(placed), 2, 8))
    whole = np.column_stack([placed, np.ones(len(placed))])
    for axis in (0, 1):
        by_parameter[:, axis, 3 * axis : 3 * axis + 3] = whole
        by_parameter[:, axis, 6:] = -pixels[:, axis, None] * placed
    return by_place, by_parameter / depth[:, None, None]


def _inverses(matrices: Floats) -> Floats:
    """(N, 2, 2) inverses; NaN where there is none."""
    a, b, c, d = matrices.reshape(-1, 4).T
    determinant = a * d - b * c
    determinant = np.where(np.abs(determinant) > 1e-300, determinant, np.nan)
    return np.stack([d, -b, -c, a], axis=1).reshape(-1, 2, 2) / determinant[:, None, None]


def _within(hull: Floats, metres: Floats) -> Flags:
    edges = np.roll(hull, -1, axis=0) - hull
    offsets = metres[:, None] - hull[None]
    turns = edges[:, 0] * offsets[..., 1] - edges[:, 1] * offsets[..., 0]
    slack = 1e-6 * np.linalg.norm(edges, axis=1)
    inside = (turns >= -slack).all(axis=1) | (turns <= slack).all(axis=1)
    return np.asarray(inside & np.isfinite(metres).all(axis=1), np.bool_)
