"""Halpe's 26 keypoints: COCO's, the middle line of the body, and feet.

Source: Fang et al., "AlphaPose", arXiv:2211.03375; https://github.com/Fang-Haoshu/Halpe-FullBody (order and
sigmas, which its halpecocotools have).
"""

from shared.vision.skeletons.coco import COCO17
from shared.vision.skeletons.skeleton import Skeleton, both_sides, feet

HALPE26 = Skeleton(
    "halpe26",
    (*COCO17.points, "head", "neck", "hip", *both_sides("big_toe", "small_toe", "heel")),
    (*COCO17.edges, ("head", "neck"), ("neck", "hip"), *feet()),
    (*COCO17.sigmas, 0.026, 0.026, 0.066, *[0.079] * 6),
)
