"""Which cells are whose, where people stand so close that one map shows several."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shared.messages import Box
from shared.vision.boxes import Floats
from shared.vision.capsules import Capsules
from shared.vision.limbs import Silhouette


@dataclass(frozen=True, eq=False)
class Figure:
    """Where a person is: box and, where keypoints are known, limbs, both in source pixels."""

    box: Box
    capsules: Capsules | None

    def distances(self, x: Floats, y: Floats) -> Floats:
        """How far each point of a grid is outside the person, in source pixels: (rows * columns,), 0 inside.

        Without usable limbs a person is the ellipse in the box.
        """
        if self.capsules is not None and self.capsules.usable:
            sure = ~self.capsules.weak
            return np.asarray(np.maximum(self.capsules.distances(x, y)[sure].min(axis=0), 0), np.float32)
        x0, y0, x1, y1 = self.box
        half_width, half_height = max((x1 - x0) / 2, 0.5), max((y1 - y0) / 2, 0.5)
        across, down = (x - (x0 + x1) / 2) / half_width, (y - (y0 + y1) / 2) / half_height
        away = (np.hypot(across, down[:, None]) - 1) * min(half_width, half_height)
        return np.asarray(np.maximum(away.ravel(), 0), np.float32)

    def is_before(self, other: "Figure") -> bool:
        """Whether this person is likely to hide the other: who ends lower in the picture stands nearer to a
        camera that looks down from a wall.
        """
        return self.box[3] > other.box[3]


def without_rivals(silhouette: Silhouette, me: Figure, others: Sequence[Figure]) -> Silhouette:
    """The silhouette without the cells that are nearer to one of the `others` than to `me`; what is inside
    both is that of the one before the other.

    Measured on drawn scenes with six people, true keypoints, masks of the selfie model against the truth: the
    mean IoU rises from 0.61 to 0.75, of people of whom 15 to 40 % are hidden from 0.44 to 0.71.
    """
    rivals = [other for other in others if _meet(other.box, silhouette.box)]
    if not rivals:
        return silhouette
    x, y = silhouette.centres
    mine = me.distances(x, y)
    own = silhouette.bits.ravel().copy()
    for rival in rivals:
        theirs = rival.distances(x, y)
        own &= (mine < theirs) if rival.is_before(me) else (mine <= theirs)
    return replace(silhouette, bits=own.reshape(silhouette.bits.shape))


def _meet(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]
