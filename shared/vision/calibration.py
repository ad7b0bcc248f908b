"""The ground of a camera from points that a person marked, and what is wrong with them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from shared.errors import UserError
from shared.vision.ground import Ground, bare, jacobians, project
from shared.vision.lens import Lens

Floats = NDArray[np.float64]

LEAST_POINTS = 4
CLICK_PX = 2.0  # standard deviation of a point that a person marks in a picture
# Of the design matrix's singular values: below it the points leave a parameter open, whatever the noise.
_OPEN = 1e-9
# A ground whose calibrated points themselves are less certain than this share of their extent is not known:
# points nearly on one line.
_VAGUE = 0.2
_SAME = 1e-6  # share of the extent below which two points are one


class CalibrationError(UserError):
    """The points do not tell where the ground is; a person must mark others."""


@dataclass(frozen=True, eq=False)
class Residuals:
    """How well each of N points fits.

    Attributes:
        px: (N,) distance in the picture between the marked point and where the ground has it.
        metres: (N,) the same on the ground, from the marked pixel to the given metres.
        others_px: (N,) root mean square of the other points' residuals in a fit without this one: small
            where this point is the wrong one. NaN below six points, which fit without it by construction.
    """

    px: Floats
    metres: Floats
    others_px: Floats

    @property
    def rms_px(self) -> float:
        """Root mean square in the picture."""
        return float(np.sqrt(np.mean(self.px**2)))

    @property
    def worst(self) -> int | None:
        """Which point to look at first: the one without which the others fit best.

        None where the points cannot tell: fewer than six.
        """
        return None if np.isnan(self.others_px).any() else int(np.argmin(self.others_px))


def calibrate(px: Floats, metres: Floats, lens: Lens | None = None, click_px: float = CLICK_PX) -> Ground:
    """The ground that fits the points: normalised DLT, then least squares of the distances in the picture.

    Args:
        px: (N, 2) marked pixels, N >= 4.
        metres: (N, 2) the same places on the ground, in metres.
        lens: how the picture is bent.
        click_px: standard deviation of the marked pixels; where eight or more points fit worse than that,
            what they show counts.

    Raises:
        CalibrationError: too few points, two of them the same, all or all but one on a line, or in an order
            that no camera could see.

    Source: Hartley and Zisserman, Multiple View Geometry, 2nd ed., algorithms 4.2 and 4.3, section 5.2.
    """
    px, metres = np.asarray(px, np.float64), np.asarray(metres, np.float64)
    _check(px, metres)
    straight = px if lens is None else lens.straightened(px)
    pixel_frame, metre_frame = _frame(straight), _frame(metres)
    seen = (straight - pixel_frame[:2]) * pixel_frame[2]
    placed = (metres - metre_frame[:2]) * metre_frame[2]
    matrix = _refined(_direct(seen, placed), seen, placed)
    by_parameter = jacobians(matrix, placed)[1].reshape(-1, 8)
    sigma = click_px * pixel_frame[2]
    if len(px) >= 8:
        errors = project(matrix, placed) - seen
        sigma = max(sigma, float(np.sqrt((errors**2).sum() / (errors.size - 8))))
    uncertainty = sigma**2 * np.linalg.pinv(by_parameter.T @ by_parameter, hermitian=True)
    ground = Ground(matrix, uncertainty, metre_frame, pixel_frame, _hull(metres), lens)
    _refuse_vague(ground, px, metres)
    return ground


def residuals(ground: Ground, px: Floats, metres: Floats) -> Residuals:
    """What the points of a calibration say of it, (N, 2) each."""
    in_picture = np.linalg.norm(ground.pixels(metres) - px, axis=1)
    on_ground = np.linalg.norm(ground.locate(px, 0.0).metres - metres, axis=1)
    return Residuals(in_picture, on_ground, _without_each(ground.lens, px, metres))


def _without_each(lens: Lens | None, px: Floats, metres: Floats) -> Floats:
    others = np.full(len(px), np.nan)
    if len(px) < LEAST_POINTS + 2:
        return others
    for left_out in range(len(px)):
        kept = np.arange(len(px)) != left_out
        try:
            ground = calibrate(px[kept], metres[kept], lens)
        except CalibrationError:  # nothing holds without this point: it is needed, whatever it is worth
            others[left_out] = np.inf
            continue
        errors = np.linalg.norm(ground.pixels(metres[kept]) - px[kept], axis=1)
        others[left_out] = np.sqrt(np.mean(errors**2))
    return others


def _check(px: Floats, metres: Floats) -> None:
    if len(px) < LEAST_POINTS:
        raise CalibrationError(f"{len(px)} points tell no ground: mark {LEAST_POINTS} or more, better 8")
    for points, what in ((px, "picture"), (metres, "ground")):
        apart = np.linalg.norm(points[:, None] - points[None], axis=2)
        extent = apart.max()
        np.fill_diagonal(apart, np.inf)
        first, second = divmod(int(apart.argmin()), len(points))
        if apart.min() <= _SAME * extent:
            raise CalibrationError(
                f"points {first + 1} and {second + 1} are the same place of the {what}: mark different ones"
            )


def _frame(points: Floats) -> Floats:
    """Centre and scale that bring points to the origin, at a mean distance of the root of two."""
    centre = points.mean(axis=0)
    return np.array([*centre, np.sqrt(2) / np.linalg.norm(points - centre, axis=1).mean()])


def _direct(seen: Floats, placed: Floats) -> Floats:
    """(3, 3) the homography of least algebraic error, its last entry 1."""
    x, y = placed.T
    u, v = seen.T
    one, none = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate(
        [
            np.column_stack([x, y, one, none, none, none, -u * x, -u * y, -u]),
            np.column_stack([none, none, none, x, y, one, -v * x, -v * y, -v]),
        ]
    )
    _, values, vectors = np.linalg.svd(rows)
    if values[7] < _OPEN * values[0]:
        raise CalibrationError(_ON_A_LINE)
    entries = vectors[8]
    matrix = entries.reshape(3, 3)
    ahead = placed @ matrix[2, :2] + matrix[2, 2]
    if not (ahead * np.sign(matrix[2, 2]) > 1e-9 * np.abs(entries).max()).all():
        raise CalibrationError(
            "no camera could see the points where they are marked: two of them have changed places, or a"
            " point has the metres of another"
        )
    return np.asarray(matrix / matrix[2, 2], np.float64)


_ON_A_LINE = (
    "the points tell no ground, since all of them, or all but one, lie on one line or nearly so: mark four of"
    " which no three lie on a line, far apart"
)


def _refined(matrix: Floats, seen: Floats, placed: Floats) -> Floats:
    """The homography of least distances in the picture."""

    def errors(entries: Floats) -> Floats:
        return (bare(_whole(entries), placed) - seen).ravel()

    def slope(entries: Floats) -> Floats:
        return jacobians(_whole(entries), placed)[1].reshape(-1, 8)

    found = least_squares(errors, matrix.ravel()[:8], slope, method="lm", xtol=1e-14, ftol=1e-14)
    return _whole(np.asarray(found.x, np.float64))


def _whole(entries: Floats) -> Floats:
    return np.append(entries, 1.0).reshape(3, 3)


def _refuse_vague(ground: Ground, px: Floats, metres: Floats) -> None:
    covariance = ground.locate(px, 0.0).covariance
    spread = np.sqrt(np.trace(covariance, axis1=1, axis2=2))
    extent = np.linalg.norm(np.ptp(metres, axis=0))
    if not (spread <= _VAGUE * extent).all():
        raise CalibrationError(_ON_A_LINE)


def _hull(metres: Floats) -> Floats:
    """(H, 2) corners around the points, counter-clockwise for x to the right and y up."""
    corners = cv2.convexHull(metres.astype(np.float32), clockwise=False, returnPoints=False)
    return np.asarray(metres[np.asarray(corners).ravel()], np.float64)
