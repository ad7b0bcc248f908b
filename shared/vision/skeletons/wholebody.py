"""COCO-WholeBody's 133 keypoints: COCO's, 6 of the feet, 68 of the face and 21 of each hand.

Source: Jin et al., "Whole-Body Human Pose Estimation in the Wild", arXiv:2007.11858;
https://github.com/jin-s13/COCO-WholeBody (order, and the sigmas of its evaluation). The face has no names
there: ours number the points of each feature from its outer end, the person's right side and left side alike.
"""

import itertools
from collections.abc import Sequence

from shared.vision.skeletons.coco import COCO17
from shared.vision.skeletons.skeleton import Edge, Skeleton, feet

FINGERS = ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")
FEET = tuple(f"{side}_{point}" for side in ("left", "right") for point in ("big_toe", "small_toe", "heel"))
_FEET_SIGMAS = (0.068, 0.066, 0.066, 0.092, 0.094, 0.094)
# Of each finger from its root to its tip.
_FINGER_SIGMAS = (
    *((0.022, 0.035, 0.037, 0.047), (0.026, 0.025, 0.024, 0.035), (0.018, 0.024, 0.022, 0.026)),
    *((0.017, 0.021, 0.021, 0.032), (0.020, 0.019, 0.022, 0.031)),
)


def _run(name: str, *numbers: int) -> list[str]:
    return [f"{name}_{number}" for number in numbers]


def _across(name: str, count: int, *middle: str) -> list[str]:
    """A line over the face from its right end to its left one."""
    numbers = range(1, count + 1)
    return [*_run(f"right_{name}", *numbers), *middle, *_run(f"left_{name}", *reversed(numbers))]


_JAW = _across("jaw", 8, "chin")
_BROWS = _across("eyebrow", 5)
_BRIDGE = _run("nose_bridge", 1, 2, 3, 4)
_NOSTRILS = _across("nostril", 2, "nose_base")
_RIGHT_LIDS = _run("right_eyelid", 1, 2, 3, 4, 5, 6)
_LEFT_LIDS = _run("left_eyelid", 4, 3, 2, 1, 6, 5)
_UPPER_LIP = _across("lip", 3, "upper_lip")
_LOWER_LIP = [*_run("left_lip", 4, 5), "lower_lip", *_run("right_lip", 5, 4)]
_UPPER_INNER_LIP = _across("inner_lip", 2, "upper_inner_lip")
_LOWER_INNER_LIP = ["left_inner_lip_3", "lower_inner_lip", "right_inner_lip_3"]

_FACE = (
    *(*_JAW, *_BROWS, *_BRIDGE, *_NOSTRILS, *_RIGHT_LIDS, *_LEFT_LIDS),
    *(*_UPPER_LIP, *_LOWER_LIP, *_UPPER_INNER_LIP, *_LOWER_INNER_LIP),
)
_FACE_SIGMAS = (
    *(0.042, 0.043, 0.044, 0.043, 0.040, 0.035, 0.031, 0.025, 0.020),
    *(0.023, 0.029, 0.032, 0.037, 0.038, 0.043, 0.041, 0.045),
    *(0.013, 0.012, 0.011, 0.011, 0.012, 0.012, 0.011, 0.011, 0.013, 0.015),
    *(0.009, 0.007, 0.007, 0.007, 0.012, 0.009, 0.008, 0.016, 0.010),
    *(0.017, 0.011, 0.009, 0.011, 0.009, 0.007, 0.013, 0.008, 0.011, 0.012, 0.010, 0.034),
    *(0.008, 0.008, 0.009, 0.008, 0.008, 0.007, 0.010, 0.008, 0.009, 0.009, 0.009, 0.007),
    *(0.007, 0.008, 0.011, 0.008, 0.008, 0.008, 0.010, 0.008),
)


def _line(points: Sequence[str]) -> list[Edge]:
    return list(itertools.pairwise(points))


def _ring(points: Sequence[str]) -> list[Edge]:
    return [*_line(points), (points[-1], points[0])]


_FACE_EDGES = (
    *(*_line(_JAW), *_line(_BROWS[:5]), *_line(_BROWS[5:]), *_line(_BRIDGE), *_line(_NOSTRILS)),
    *(*_ring(_RIGHT_LIDS), *_ring(_LEFT_LIDS)),
    *(*_ring(_UPPER_LIP + _LOWER_LIP), *_ring(_UPPER_INNER_LIP + _LOWER_INNER_LIP)),
)


def _fingers(side: str) -> list[list[str]]:
    return [_run_of(side, finger) for finger in FINGERS]


def _run_of(side: str, finger: str) -> list[str]:
    return [f"{side}_{finger}{number}" for number in (1, 2, 3, 4)]


def _hand(side: str) -> tuple[str, ...]:
    return (f"{side}_hand_root", *itertools.chain(*_fingers(side)))


def _hand_edges(side: str) -> list[Edge]:
    root = f"{side}_hand_root"
    return [(f"{side}_wrist", root), *itertools.chain(*(_line([root, *run]) for run in _fingers(side)))]


_HAND_SIGMAS = (0.029, *itertools.chain(*_FINGER_SIGMAS))

WHOLEBODY133 = Skeleton(
    "wholebody133",
    (*COCO17.points, *FEET, *_FACE, *_hand("left"), *_hand("right")),
    (*COCO17.edges, *feet(), *_FACE_EDGES, *_hand_edges("left"), *_hand_edges("right")),
    (*COCO17.sigmas, *_FEET_SIGMAS, *_FACE_SIGMAS, *_HAND_SIGMAS, *_HAND_SIGMAS),
)
