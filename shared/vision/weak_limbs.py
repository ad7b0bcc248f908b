"""What of a silhouette is a limb's whose keypoints are too weak to tell.

Such a limb hangs on one that is known, or on another weak one, and is no longer than an adult's: it may have
the cells that are left over when the known limbs have theirs, as far from where it hangs as the limb reaches.
Its own keypoints count for little. Left and right of a pair that is weak on both sides go by the nearer
joint, which is a guess.
"""

import numpy as np

from shared.vision.boxes import Floats
from shared.vision.capsules import LENGTHS_M, Capsules
from shared.vision.skeletons import LIMBS

# Chosen among 40 settings on drawn people, masks of the selfie model: one or two limbs made weak, their
# keypoints moved by 0 / 0.1 / 0.25 m; overlap with the cells of the true keypoints 0.71 / 0.63 / 0.56.
_FLESH = 0.1  # of a known limb's radius: so far outside it the cells are still its own
_TRUST = 0.15  # of the distance to where the weak keypoints say
_STRETCH = 1.2  # of an adult's length: people differ, and hands and feet belong to the limb before
_FORESHORTENED = 0.85  # of an adult's length: as far out the next limb begins
_NEARER_FIRST = 0.05  # of the distance to where a limb hangs: of two that reach a cell the nearer has it

_NAMES = list(LIMBS)
_HEAD, _TORSO = _NAMES.index("head"), _NAMES.index("torso")
_HEAD_M = 0.4  # from between the shoulders to the top of the head
_CHAINS = [
    (_NAMES.index(f"{side}_{inner}"), _NAMES.index(f"{side}_{outer}"))
    for inner, outer in (("upper_arm", "forearm"), ("thigh", "shank"))
    for side in ("left", "right")
]


def nearness(away: Floats, capsules: Capsules, x: Floats, y: Floats) -> Floats:
    """How far each cell is from being part of each limb, in source pixels: (L, N); inf where it is none.

    For limbs with sure keypoints this is `away`. For the others it is how far the cell is beyond what they
    reach or, if less, from where their keypoints say, and a little more the further it is from both. The
    torso is always where its keypoints say: whatever else is known hangs on it.

    Args:
        away: (L, N) distances outside the capsules.
        capsules: the limbs.
        x: (columns,) of the cells.
        y: (rows,) of the cells; N = rows * columns.
    """
    weak = capsules.weak.copy()
    weak[_TORSO] = not np.isfinite(capsules.areas[_TORSO])
    if not weak.any():
        return away
    near = np.where(np.isnan(away), np.float32(np.inf), away)
    limbs = np.flatnonzero(weak)
    left_over = (near[~weak] > _FLESH * capsules.radii[~weak, None]).all(axis=0)
    anchors, first, last = _reaches(capsules, weak)
    apart = np.hypot(x - anchors[limbs, 0, None, None], y[:, None] - anchors[limbs, 1, None, None])
    apart = apart.reshape(len(limbs), -1)
    outside = np.maximum(np.maximum(first[limbs, None] - apart, apart - last[limbs, None]), 0)
    told = np.maximum(near[limbs], 0)
    cost = np.fmin(outside, told) + _NEARER_FIRST * apart + _TRUST * np.where(np.isfinite(told), told, 0)
    near[limbs] = np.where(left_over & np.isfinite(cost), cost, np.inf)
    return near


def _reaches(capsules: Capsules, weak: np.ndarray) -> tuple[Floats, Floats, Floats]:
    """Where each limb hangs (L, 2), and how far from there it begins and ends (L,), in source pixels."""
    last = LENGTHS_M * np.float32(_STRETCH)
    last[_HEAD] = _HEAD_M
    first = np.zeros_like(last)
    anchors = capsules.starts.copy()
    anchors[_HEAD] = capsules.starts[_TORSO]
    for inner, outer in _CHAINS:
        if weak[inner] and weak[outer]:
            anchors[outer] = anchors[inner]
            last[outer] += LENGTHS_M[inner]
            last[inner] = first[outer] = LENGTHS_M[inner] * _FORESHORTENED
    scale = np.float32(capsules.pixels_per_metre)
    return anchors, first * scale, last * scale
