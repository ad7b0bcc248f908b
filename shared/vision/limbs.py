"""Which part of a silhouette belongs to which limb, and how well each limb is seen.

A limb is a capsule around the line between its keypoints, as thick as an adult's at the body's scale. What
the mask covers of it, times how sure the keypoints are, is the limb's attention.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.messages import Box, Limb
from shared.vision.boxes import Floats
from shared.vision.masks import Bits, cell_centres
from shared.vision.skeletons import BLAZEPOSE33, LIMBS, find, limb_shapes

NOBODY = 255  # a cell that is part of no limb

_REACH_M = 0.12  # cells further outside all limbs are somebody else's, or furniture
_OCCLUDED_BELOW = 0.3  # attention of what is inside the picture
_IN_PICTURE = 0.5  # share of a limb that must be inside before it can count as hidden
_HIDDEN_SHARE = 0.3  # of the limbs inside the picture: so many hidden ones hide the person


@dataclass(frozen=True)
class Capsules:
    """The limbs of one body in the picture: ends (L, 2), radii (L,) in source pixels, confidence (L,); its
    scale.
    """

    starts: Floats
    ends: Floats
    radii: Floats
    confidence: Floats
    pixels_per_metre: float


@dataclass(frozen=True)
class Parts:
    """A silhouette taken apart.

    `cells` (H, W) is the index in `LIMBS` of the limb that a cell belongs to, or NOBODY; `limbs` is what is
    seen of each.
    """

    cells: NDArray[np.uint8]
    limbs: dict[str, Limb]
    occluded: bool

    @property
    def bits(self) -> Bits:
        """The silhouette without what belongs to no limb: (H, W)."""
        return np.asarray(self.cells != NOBODY)


def capsules_of(keypoints: Floats, world: Floats) -> Capsules:
    """The limbs of a body with 33 keypoints (33, 5), whose scale its world coordinates (33, 3) in metres
    tell.
    """
    xy = keypoints[:, :2]
    limbs = limb_shapes(find(BLAZEPOSE33))
    scale = _pixels_per_metre(xy, world[:, :2])
    starts, ends = xy[limbs.starts].mean(axis=1), xy[limbs.ends].mean(axis=1)
    confidence = keypoints[limbs.points, 3].mean(axis=1)
    return Capsules(starts, ends, limbs.radii_m * np.float32(scale), confidence, scale)


def take_apart(bits: Bits, box: Box, capsules: Capsules) -> Parts:
    """Give each cell of a silhouette (H, W) that fills `box` to the nearest limb in reach, and measure the
    limbs.

    `box` must lie inside the picture: what of a limb is not inside it counts as not in view.
    """
    cell_px = (box[2] - box[0]) * (box[3] - box[1]) / bits.size
    away = _distances(*cell_centres(bits.shape, box), capsules).reshape(len(capsules.radii), -1)
    seen = bits.ravel() & (away.min(axis=0) <= _REACH_M * capsules.pixels_per_metre)
    owner = np.where(seen, away.argmin(axis=0), NOBODY).astype(np.uint8)
    inside = away <= 0
    in_view = inside.sum(axis=1)
    whole = np.maximum(_areas(capsules) / cell_px, np.maximum(in_view, 1))
    covered = (inside & seen).sum(axis=1)
    measures = _Measures(
        covered / whole,
        covered / np.maximum(in_view, 1),
        in_view / whole,
        np.asarray(np.bincount(owner[seen], minlength=len(away)) * cell_px, np.float64),
    )
    return _judge(owner.reshape(bits.shape), measures, capsules.confidence)


@dataclass(frozen=True)
class _Measures:
    """Of each limb (L,): share covered of the whole and of what is in view, share in view, area in square
    pixels.
    """

    coverage: NDArray[np.float64]
    coverage_in_view: NDArray[np.float64]
    in_view: NDArray[np.float64]
    area_px: NDArray[np.float64]


def _judge(cells: NDArray[np.uint8], measures: _Measures, confidence: Floats) -> Parts:
    in_picture = measures.in_view >= _IN_PICTURE
    hidden = in_picture & (measures.coverage_in_view * confidence < _OCCLUDED_BELOW)
    limbs = {
        name: Limb(
            coverage=float(measures.coverage[index]),
            confidence=float(confidence[index]),
            attention=float(measures.coverage[index] * confidence[index]),
            area_px=float(measures.area_px[index]),
            occluded=bool(hidden[index]),
        )
        for index, name in enumerate(LIMBS)
    }
    return Parts(cells, limbs, bool(hidden.sum() > _HIDDEN_SHARE * max(int(in_picture.sum()), 1)))


def _pixels_per_metre(xy: Floats, metres: Floats) -> float:
    """Scale of a weak perspective: spread of the body in the picture over its spread in metres, both around
    the mean.
    """
    spread_px = np.sqrt(((xy - xy.mean(axis=0)) ** 2).sum())
    spread_m = np.sqrt(((metres - metres.mean(axis=0)) ** 2).sum())
    return float(spread_px / max(float(spread_m), 1e-6))


def _distances(columns: Floats, rows: Floats, capsules: Capsules) -> Floats:
    """How far each point of a grid with these x and y lies outside each capsule, negative inside: (L, rows,
    columns).

    Arrays of all limbs and cells are passed over as seldom as possible: this is most of a mask's cost.
    """
    along_x, along_y = (capsules.ends - capsules.starts).T[:, :, None, None]
    length = np.maximum(along_x**2 + along_y**2, 1e-6)
    x = columns - capsules.starts[:, 0, None, None]
    y = rows[:, None] - capsules.starts[:, 1, None, None]
    at = x * (along_x / length) + y * (along_y / length)
    np.clip(at, 0, 1, out=at)
    away_x: Floats = x - at * along_x
    at *= along_y
    away_y = np.subtract(y, at, out=at)
    away_x *= away_x
    away_y *= away_y
    away_x += away_y
    np.sqrt(away_x, out=away_x)  # hypot takes four times as long
    away_x -= capsules.radii[:, None, None]
    return away_x


def _areas(capsules: Capsules) -> NDArray[np.float64]:
    lengths = np.hypot(*(capsules.ends - capsules.starts).T)
    return np.asarray(capsules.radii * (2 * lengths + np.pi * capsules.radii), np.float64)
