"""What limbs a body has, and where a skeleton's keypoints put them."""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.vision.skeletons.skeleton import Skeleton

Names = tuple[str, ...]


@dataclass(frozen=True)
class LimbShape:
    """A limb as a capsule: from the mean of some keypoints to the mean of others, `radius_m` around that
    line.
    """

    start: Names
    end: Names
    radius_m: float


def _pair(side: str) -> dict[str, LimbShape]:
    def limb(start: str, end: str, radius_m: float) -> LimbShape:
        return LimbShape((f"{side}_{start}",), (f"{side}_{end}",), radius_m)

    return {
        f"{side}_upper_arm": limb("shoulder", "elbow", 0.045),
        f"{side}_forearm": limb("elbow", "wrist", 0.035),
        f"{side}_thigh": limb("hip", "knee", 0.07),
        f"{side}_shank": limb("knee", "ankle", 0.05),
    }


_LEFT, _RIGHT = _pair("left"), _pair("right")

LIMBS = {
    "head": LimbShape(("left_ear", "right_ear"), ("nose",), 0.10),
    "torso": LimbShape(("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), 0.14),
    **{name: limb for pair in zip(_LEFT.items(), _RIGHT.items(), strict=True) for name, limb in pair},
}
"""The ten limbs, in terms of COCO's keypoints.

Radii in metres are about half the breadth of an adult's limb and on the small side: in clips of people in
full view the median coverage of every limb is 0.94 to 1.0 (head 0.87).
"""


@dataclass(frozen=True, eq=False)
class LimbPlaces:
    """Where the limbs of one skeleton are, as tables to index its keypoints with.

    Attributes:
        names: of the L limbs that have a keypoint at each end, in the order of `LIMBS`.
        starts: (L, 2) keypoints whose mean is the start; a single one stands there twice.
        ends: (L, 2) the same of the end.
        points: (L, 12) all keypoints of the limb, each equally often.
        radii_m: (L,).
    """

    names: Names
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    points: NDArray[np.int64]
    radii_m: NDArray[np.float32]


@functools.cache
def limb_shapes(skeleton: Skeleton) -> LimbPlaces:
    """The limbs that `skeleton` can tell: all ten where it has COCO's keypoints."""
    present = {
        name: (_present(limb.start, skeleton), _present(limb.end, skeleton)) for name, limb in LIMBS.items()
    }
    whole = {name: ends for name, ends in present.items() if all(ends)}
    return LimbPlaces(
        tuple(whole),
        _repeated([start for start, _ in whole.values()], 2),
        _repeated([end for _, end in whole.values()], 2),
        _repeated([start + end for start, end in whole.values()], 12),
        np.array([LIMBS[name].radius_m for name in whole], np.float32),
    )


def _present(names: Names, skeleton: Skeleton) -> list[int]:
    return [skeleton.index[name] for name in names if name in skeleton.index]


def _repeated(rows: list[list[int]], count: int) -> NDArray[np.int64]:
    """Each row again and again until it has `count` places, so that one indexing takes the means of all."""
    return np.array([row * (count // len(row)) for row in rows], np.int64).reshape(-1, count)
