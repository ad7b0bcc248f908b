"""Whether a calibration is right, in numbers, and which point to look at first."""

from dataclasses import dataclass

import numpy as np

from services.venue.feet import ANKLE_SIGMA
from services.venue.motion import Floats
from services.venue.site import Points
from shared.vision.calibration import CLICK_PX, Residuals, residuals
from shared.vision.ground import Ground

STATURE_M = 1.75
# A point is wrong where the others fit so many times better without it, and worse than people mark with it.
_BETTER = 3.0


@dataclass(frozen=True, eq=False)
class Finding:
    """One camera's calibration.

    Attributes:
        camera: its name.
        points: what was marked.
        residuals: how well it fits.
        noise: (N, 2, 2) covariance of somebody's place at each point, m^2, with ankles as a pose network
            tells them and the calibration as sure as it is.
    """

    camera: str
    points: Points
    residuals: Residuals
    noise: Floats

    @property
    def sharpness_m(self) -> Floats:
        """(N,) standard deviations of somebody's place at each point along the worst direction."""
        return np.asarray(np.sqrt(np.linalg.eigvalsh(self.noise)[:, 1]), np.float64)

    @property
    def wrong(self) -> int | None:
        """The point that is wrong, or none that is known to be."""
        found = self.residuals
        if found.worst is None or found.rms_px <= CLICK_PX:
            return None
        return found.worst if found.others_px[found.worst] * _BETTER < found.rms_px else None

    @property
    def verdict(self) -> str:
        """What to do, in one line."""
        found, worst = self.residuals, int(np.argmax(self.residuals.px))
        if len(found.px) == 4:
            return "four points always fit: mark more, so that a wrong one shows"
        if self.wrong is not None:
            others = found.others_px[self.wrong]
            return f"look at point {self.wrong + 1}: without it the others fit to {others:.1f} px"
        if found.rms_px > 2 * CLICK_PX:
            return (
                f"fits badly, and no single point explains it (largest error: point {worst + 1}): is the lens"
                " bent, the ground not flat, or are several points wrong?"
            )
        return (
            f"fits; largest error: point {worst + 1}, {found.px[worst]:.1f} px, {found.metres[worst]:.2f} m"
        )

    @property
    def right(self) -> bool:
        """Whether nothing speaks against it."""
        return self.residuals.rms_px <= 2 * CLICK_PX and self.wrong is None


def check(camera: str, ground: Ground, points: Points) -> Finding:
    """Look at one calibrated camera."""
    covariance = ground.locate(points.px, _foot_px(ground, points.metres)).covariance
    return Finding(camera, points, residuals(ground, points.px, points.metres), covariance)


def _foot_px(ground: Ground, metres: Floats) -> Floats:
    """(N, 2) errors of feet there: a share of a person's height, which is about the scale along the rows."""
    apart = np.array([0.01, 0.0]), np.array([0.0, 0.01])
    here = ground.pixels(metres)
    scales = [np.linalg.norm(ground.pixels(metres + step) - here, axis=1) / 0.01 for step in apart]
    return np.asarray(np.max(scales, axis=0)[:, None] * STATURE_M * np.array(ANKLE_SIGMA), np.float64)
