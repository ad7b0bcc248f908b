"""COCO's 17 keypoints, in which every other skeleton can be said.

Source: Lin et al., "Microsoft COCO", arXiv:1405.0312; https://cocodataset.org/#keypoints-eval (sigmas).
"""

import functools

import numpy as np
from numpy.typing import NDArray

from shared.vision.skeletons.skeleton import Skeleton, both_sides

COCO17 = Skeleton(
    "coco17",
    (
        "nose",
        *both_sides("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"),
    ),
    (
        *(("left_ankle", "left_knee"), ("left_knee", "left_hip"), ("left_hip", "left_shoulder")),
        *(("right_ankle", "right_knee"), ("right_knee", "right_hip"), ("right_hip", "right_shoulder")),
        *(("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")),
        *(("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")),
        *(("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist")),
        *(("nose", "left_eye"), ("nose", "right_eye"), ("left_eye", "left_ear"), ("right_eye", "right_ear")),
    ),
    (
        *(0.026, 0.025, 0.025, 0.035, 0.035),
        *(0.079, 0.079, 0.072, 0.072, 0.062, 0.062),
        *(0.107, 0.107, 0.087, 0.087, 0.089, 0.089),
    ),
)

JOINTS = ("nose", *both_sides("shoulder", "elbow", "wrist", "hip", "knee", "ankle"))
"""One point for each joint that tells one body from another."""


def to_coco17(points: NDArray[np.floating], skeleton: Skeleton) -> NDArray[np.floating]:
    """The same body as COCO's keypoints: (..., K, C) to (..., 17, C), NaN where the skeleton lacks a point.

    Raises:
        ValueError: `points` are not those of this skeleton.
    """
    if points.shape[-2] != len(skeleton.points):
        raise ValueError(
            f"{points.shape[-2]} keypoints are no {skeleton.name}, which has {len(skeleton.points)}"
        )
    places = _places(skeleton)
    chosen = points[..., places, :]
    chosen[..., places < 0, :] = np.nan
    return chosen


@functools.cache
def _places(skeleton: Skeleton) -> NDArray[np.int64]:
    return skeleton.places(COCO17.points)
