"""What of a silhouette is a limb's whose keypoints are too weak to tell.

Such a limb hangs on one that is known, or on another weak one, and is no longer than an adult's: it may have
the cells that are left over when the known limbs have theirs, as far from where it hangs as the limb reaches.
Left and right of a pair that is weak on both sides go by the nearer joint, which is a guess.
"""

import numpy as np

from shared.vision.boxes import Floats
from shared.vision.capsules import LENGTHS_M, Capsules
from shared.vision.skeletons import LIMBS

_FLESH_M = (
    0.08  # outside a capsule, whose radius is on the small side, the flesh and clothes of the same limb
)
_STRETCH = 1.2  # of an adult's length: people differ, and hands and feet belong to the limb before
_FORESHORTENED = 0.85  # of an adult's length: as far out the next limb begins
_NEARER_FIRST = 0.05  # of two limbs that a cell may belong to the one that hangs nearer; below all distances

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

    For limbs with sure keypoints this is `away`. The torso is always where its keypoints say: whatever else
    is known hangs on it.

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
    left_over = near[~weak].min(axis=0) > _FLESH_M * capsules.pixels_per_metre
    anchors, first, last = _reaches(capsules, weak)
    apart = np.hypot(x - anchors[limbs, 0, None, None], (y[:, None] - anchors[limbs, 1, None, None]))
    apart = apart.reshape(len(limbs), -1)
    first, last = first[limbs, None], last[limbs, None]
    outside = np.maximum(np.maximum(first - apart, apart - last), 0)
    outside = np.fmin(outside, np.maximum(near[limbs], 0)) + _NEARER_FIRST * apart
    near[limbs] = np.where(left_over & np.isfinite(outside), outside, np.inf)
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
