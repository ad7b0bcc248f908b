"""A body's limbs as capsules in the picture: a line between keypoints, as thick as an adult's limb."""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.messages import Person
from shared.vision.bodies import Body, body_of, pixels_per_metre
from shared.vision.boxes import Floats
from shared.vision.skeletons import limb_shapes
from shared.vision.skeletons.coco import COCO17

WEAK = 0.3  # confidence below which keypoints do not tell where a limb is

_LIMBS = limb_shapes(COCO17)
_HEAD_M, _TORSO_M, _UPPER_ARM_M, _FOREARM_M, _LEG_M = 0.2, 0.47, 0.28, 0.24, 0.37
LENGTHS_M = np.array([_HEAD_M, _TORSO_M, *[_UPPER_ARM_M] * 2, *[_FOREARM_M] * 2, *[_LEG_M] * 4], np.float32)
"""(L,) of an average adult, in the metres of BlazePose (`bodies.SEGMENTS_M`).

Source of the arms: 0.186 and 0.146 of the stature against 0.288 for the trunk from shoulder to hip (Winter,
"Biomechanics and Motor Control of Human Movement", figure 4.1, after Drillis and Contini), which gives 0.30
and 0.24 for a trunk of 0.47; the upper arm's is that of the world landmarks of standing people.
"""


@dataclass(frozen=True, eq=False)
class Capsules:
    """The ten limbs of one body in the picture, in the order of `LIMBS`.

    Attributes:
        starts: (L, 2) source pixels; NaN where a keypoint is not known.
        ends: (L, 2).
        radii: (L,) source pixels.
        confidence: (L,) of the limb's keypoints, 0 where one is not known.
        pixels_per_metre: the body's scale.
    """

    starts: Floats
    ends: Floats
    radii: Floats
    confidence: Floats
    pixels_per_metre: float

    @functools.cached_property
    def weak(self) -> NDArray[np.bool_]:
        """(L,) limbs whose keypoints do not tell where they are."""
        return np.asarray(self.confidence < WEAK)

    @property
    def usable(self) -> bool:
        """Whether the keypoints say anything about the silhouette."""
        return bool(self.confidence.mean() >= WEAK)

    @functools.cached_property
    def areas(self) -> NDArray[np.float64]:
        """(L,) square pixels; NaN where a keypoint is not known."""
        lengths = np.hypot(*(self.ends - self.starts).T)
        return np.asarray(self.radii * (2 * lengths + np.pi * self.radii), np.float64)

    @property
    def adult_areas(self) -> NDArray[np.float64]:
        """(L,) square pixels of an adult's limbs at this scale, seen from the side."""
        lengths = LENGTHS_M * self.pixels_per_metre
        return np.asarray(self.radii * (2 * lengths + np.pi * self.radii), np.float64)

    def distances(self, x: Floats, y: Floats) -> Floats:
        """How far each point of a grid lies outside each limb: (L, rows * columns), negative inside.

        Args:
            x: (columns,) of the grid's columns.
            y: (rows,) of its rows.

        NaN where a keypoint is not known. Arrays of all limbs and cells are passed over as seldom as
        possible: this is most of a mask's cost.
        """
        along_x, along_y = (self.ends - self.starts).T[:, :, None, None]
        length = np.maximum(along_x**2 + along_y**2, 1e-6)
        dx = x - self.starts[:, 0, None, None]
        dy = y[:, None] - self.starts[:, 1, None, None]
        at = dx * (along_x / length) + dy * (along_y / length)
        np.clip(at, 0, 1, out=at)
        away_x: Floats = dx - at * along_x
        at *= along_y
        away_y = np.subtract(dy, at, out=at)
        away_x *= away_x
        away_y *= away_y
        away_x += away_y
        np.sqrt(away_x, out=away_x)  # hypot takes four times as long
        away_x -= self.radii[:, None, None]
        return away_x.reshape(len(self.radii), -1)


def capsules_of(person: Person) -> Capsules | None:
    """The limbs of a person in the picture; None where keypoints are missing or give no scale.

    Raises:
        ValueError: the keypoints are not those of the person's skeleton, or there is no such skeleton.
    """
    body = body_of(person)
    if body is None:
        return None
    scale = _scale(body)
    if not np.isfinite(scale):
        return None
    xy = body.points[:, :2]
    starts, ends = xy[_LIMBS.starts].mean(axis=1), xy[_LIMBS.ends].mean(axis=1)
    sure = _sureness(body.points)[_LIMBS.points].mean(axis=1)
    placed = np.isfinite(starts[:, 0] + ends[:, 0])
    confidence = np.where(placed, sure, 0).astype(np.float32, copy=False)
    return Capsules(starts, ends, _LIMBS.radii_m * np.float32(scale), confidence, scale)


def _sureness(points: Floats) -> Floats:
    """(17,) visibility of each keypoint, or else presence, or else 0."""
    sure = points[:, 3]
    if not np.isnan(sure).any():
        return sure
    return np.asarray(np.nan_to_num(np.where(np.isnan(sure), points[:, 4], sure)), np.float32)


def _scale(body: Body) -> float:
    """Pixels per metre of a weak perspective: spread of the body in the picture over its spread in metres,
    both around the mean; without places in space from the lengths of its limbs. NaN where nothing tells.
    """
    xy = body.points[:, :2]
    if body.world is None:
        sure = _sureness(body.points)[:, None] >= WEAK
        return pixels_per_metre(np.where(sure, xy, np.nan))
    metres = body.world[:, :2]
    known = np.isfinite(xy[:, 0] + metres[:, 0])
    if not known.any():
        return float("nan")
    spread_px = float(np.sqrt(xy[known].var(axis=0).sum()))
    spread_m = float(np.sqrt(metres[known].var(axis=0).sum()))
    return spread_px / max(spread_m, 1e-6)
