"""Which keypoint is what, which of them are joined, and how thick a limb is."""

from dataclasses import dataclass

BLAZEPOSE_DETECTOR = (
    "blazepose-detector"  # 4 points; 0 is the middle of the hips, 1 lies on the circle around the body
)
BLAZEPOSE33 = "blazepose33"

NOSE, LEFT_EAR, RIGHT_EAR = 0, 7, 8
LEFT_SHOULDER, RIGHT_SHOULDER = 11, 12
LEFT_ELBOW, RIGHT_ELBOW = 13, 14
LEFT_WRIST, RIGHT_WRIST = 15, 16
LEFT_INDEX, RIGHT_INDEX = 19, 20
LEFT_HIP, RIGHT_HIP = 23, 24
LEFT_KNEE, RIGHT_KNEE = 25, 26
LEFT_ANKLE, RIGHT_ANKLE = 27, 28
LEFT_FOOT, RIGHT_FOOT = 31, 32

BODY = (
    NOSE,
    *(LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_ELBOW, RIGHT_ELBOW, LEFT_WRIST, RIGHT_WRIST),
    *(LEFT_HIP, RIGHT_HIP, LEFT_KNEE, RIGHT_KNEE, LEFT_ANKLE, RIGHT_ANKLE),
)
"""One point for each joint that tells one body from another."""

BLAZEPOSE33_BONES = (
    *((NOSE, LEFT_EAR), (NOSE, RIGHT_EAR)),
    *((LEFT_SHOULDER, RIGHT_SHOULDER), (LEFT_HIP, RIGHT_HIP)),
    *((LEFT_SHOULDER, LEFT_HIP), (RIGHT_SHOULDER, RIGHT_HIP)),
    *((LEFT_SHOULDER, LEFT_ELBOW), (LEFT_ELBOW, LEFT_WRIST), (LEFT_WRIST, LEFT_INDEX)),
    *((RIGHT_SHOULDER, RIGHT_ELBOW), (RIGHT_ELBOW, RIGHT_WRIST), (RIGHT_WRIST, RIGHT_INDEX)),
    *((LEFT_HIP, LEFT_KNEE), (LEFT_KNEE, LEFT_ANKLE), (LEFT_ANKLE, LEFT_FOOT)),
    *((RIGHT_HIP, RIGHT_KNEE), (RIGHT_KNEE, RIGHT_ANKLE), (RIGHT_ANKLE, RIGHT_FOOT)),
)

BONES = {BLAZEPOSE33: BLAZEPOSE33_BONES, BLAZEPOSE_DETECTOR: ((0, 1),)}


@dataclass(frozen=True)
class LimbShape:
    """A limb as a capsule: from the mean of some keypoints to the mean of others, `radius_m` around that
    line.
    """

    start: tuple[int, ...]
    end: tuple[int, ...]
    radius_m: float


LIMBS = {
    "head": LimbShape((LEFT_EAR, RIGHT_EAR), (NOSE,), 0.10),
    "torso": LimbShape((LEFT_SHOULDER, RIGHT_SHOULDER), (LEFT_HIP, RIGHT_HIP), 0.14),
    "left_upper_arm": LimbShape((LEFT_SHOULDER,), (LEFT_ELBOW,), 0.045),
    "right_upper_arm": LimbShape((RIGHT_SHOULDER,), (RIGHT_ELBOW,), 0.045),
    "left_forearm": LimbShape((LEFT_ELBOW,), (LEFT_WRIST,), 0.035),
    "right_forearm": LimbShape((RIGHT_ELBOW,), (RIGHT_WRIST,), 0.035),
    "left_thigh": LimbShape((LEFT_HIP,), (LEFT_KNEE,), 0.07),
    "right_thigh": LimbShape((RIGHT_HIP,), (RIGHT_KNEE,), 0.07),
    "left_shank": LimbShape((LEFT_KNEE,), (LEFT_ANKLE,), 0.05),
    "right_shank": LimbShape((RIGHT_KNEE,), (RIGHT_ANKLE,), 0.05),
}
"""Limbs of the 33-point skeleton.

Radii in metres are about half the breadth of an adult's limb and on the small side: in clips of people in
full view the median coverage of every limb is 0.94 to 1.0 (head 0.87).
"""
