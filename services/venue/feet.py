"""Where people stand in the picture, and how exactly that is known.

Measured on the walking and crossing mannequins of `shared.scene` (82 bodies, camera at 2.4 m), from the exact
keypoints to the place below the hips, in parts of the box's height: ankles shifted to the ground are off by
0.003 in the mean and scatter by 0.04 along x and 0.012 along y, a gait's sway; the box's lower edge is 0.037
too low, since it shows the nearer foot, and scatters by 0.06 and 0.032. What networks add is guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.messages import Person
from shared.vision.skeletons import find
from shared.vision.skeletons.skeleton import both_sides

Floats = NDArray[np.float64]

VISIBLE = 0.5  # keypoints less visible than this are guesses
_ANKLES = both_sides("ankle")
# An ankle is 3.9 % of the stature above the ground. Source: Drillis and Contini, in Winter, Biomechanics and
# Motor Control of Human Movement, figure 4.1.
ANKLE_HEIGHT = 0.039
BOX_DEPTH = 0.037
ANKLE_SIGMA = (0.04, 0.025)
BOX_SIGMA = (0.06, 0.04)
_EDGE_PX = 2.0  # a box that comes so near the lower edge is cut off by it


@dataclass(frozen=True, eq=False)
class Feet:
    """Of N people.

    Attributes:
        px: (N, 2) the place on the ground below them, in the picture; NaN where it is not known.
        sigma_px: (N, 2) standard deviations; NaN where `px` is.
    """

    px: Floats
    sigma_px: Floats


def feet_of(persons: Sequence[Person], height_px: int) -> Feet:
    """From the ankles where both are seen, else from the middle of the box's lower edge.

    Nothing is known of people whom the lower edge of the picture cuts off and whose ankles are not seen.

    Raises:
        ValueError: a person's skeleton is unknown.
    """
    px, sigma = np.full((len(persons), 2), np.nan), np.full((len(persons), 2), np.nan)
    for row, person in enumerate(persons):
        x0, y0, x1, y1 = person.box
        tall = max(y1 - y0, x1 - x0, 1.0)  # the length of who lies
        ankles = _ankles(person)
        if ankles is not None:
            px[row], sigma[row] = ankles + np.array([0.0, ANKLE_HEIGHT * tall]), np.array(ANKLE_SIGMA) * tall
        elif y1 < height_px - _EDGE_PX:
            px[row], sigma[row] = ((x0 + x1) / 2, y1 - BOX_DEPTH * tall), np.array(BOX_SIGMA) * tall
    return Feet(px, sigma)


def _ankles(person: Person) -> Floats | None:
    """(2,) the middle between both; None where one is not seen, or the skeleton has none."""
    if person.keypoints is None or person.skeleton is None:
        return None
    places = find(person.skeleton).places(_ANKLES)
    if (places < 0).any():
        return None
    points = person.keypoints.numpy()[places].astype(np.float64)
    seen = np.nan_to_num(points[:, 3], nan=1.0) >= VISIBLE
    if not (seen.all() and np.isfinite(points[:, :2]).all()):
        return None
    return np.asarray(points[:, :2].mean(axis=0), np.float64)
