"""The 308 keypoints of Sapiens: body, feet, hands, and the face with its ears in detail.

Source: Khirodkar et al., "Sapiens", arXiv:2408.12569; order, names and sigmas as in the definition of its
data set "goliath" without teeth (https://github.com/facebookresearch/sapiens). Sides are spelt out here where
it says l and r. It gives no pairs for the points between the corners of the mouth: here too they are their
own mirror images, so that a mirrored picture swaps nothing there.
Sigmas are COCO-WholeBody's where that has the point, roots of fingers included; those of elbow and shoulder
for the points around these; 0.01 for the face.
"""

import itertools

from shared.vision.skeletons.coco import COCO17
from shared.vision.skeletons.skeleton import Edge, Skeleton, both_sides, feet
from shared.vision.skeletons.wholebody import FEET, FINGERS, WHOLEBODY133

_FACE_SIGMA = 0.010

_NOT_WRISTS = tuple(name for name in COCO17.points if not name.endswith("wrist"))
_JOINTS = (*both_sides("olecranon", "cubital_fossa", "acromion"), "neck")
_MIDDLE = (
    *("center_of_glabella", "center_of_nose_root", "tip_of_nose_bridge"),
    *(f"midpoint_{number}_of_nose_bridge" for number in (1, 2, 3)),
    *("center_of_labiomental_groove", "tip_of_chin"),
)
_BROW = (
    *("upper_startpoint", "lower_startpoint", "end", "upper_midpoint_1", "lower_midpoint_1"),
    *("upper_midpoint_2", "upper_midpoint_3", "lower_midpoint_2", "lower_midpoint_3"),
)
# Points of a lash line and of an eyelid's edge in the order of each side: i(nner end), o(uter end), c(entre)
# and the numbers of points in between; the crease is as the edge without its outer end.
_LASHES = {"left": "ioc216543", "right": "ioc123456"}
_EDGES = {"left": "o625c413", "right": "o314c526"}
_EYE_POINTS = {"i": "inner_end", "o": "outer_end", "c": "centerpoint"}
_EAR = (
    *("top_end_of_inferior_crus", "top_end_of_superior_crus", "start_of_antihelix", "end_of_antihelix"),
    *("midpoint_1_of_antihelix", "midpoint_1_of_inferior_crus"),
    *("midpoint_2_of_antihelix", "midpoint_3_of_antihelix"),
    *(f"point_{number}_of_inner_helix" for number in range(1, 8)),
    *("highest_point_of_antitragus", "bottom_point_of_tragus", "protruding_point_of_tragus"),
    *("top_point_of_tragus", "start_point_of_crus_of_helix", "deepest_point_of_concha", "tip_of_ear_lobe"),
    *("midpoint_between_22_15", "bottom_connecting_point_of_ear_lobe", "top_connecting_point_of_helix"),
    "point_8_of_inner_helix",
)
# The right ear has points 2 and 8 of the inner helix in each other's place.
_RIGHT_EAR = tuple({_EAR[9]: _EAR[25], _EAR[25]: _EAR[9]}.get(point, point) for point in _EAR)
_DIAL = ("3", "midpoint_1", "12", "midpoint_4", "9", "midpoint_3", "6", "midpoint_2")


def _finger(side: str, finger: str) -> list[str]:
    """From the tip to the root."""
    return [*(f"{side}_{finger}{number}" for number in (4, 3, 2)), f"{side}_{finger}_third_joint"]


def _hand(side: str) -> list[str]:
    return [*itertools.chain(*(_finger(side, finger) for finger in FINGERS)), f"{side}_wrist"]


def _hand_edges(side: str) -> list[Edge]:
    return [
        edge
        for finger in FINGERS
        for edge in itertools.pairwise([f"{side}_wrist", *reversed(_finger(side, finger))])
    ]


def _eye_line(side: str, points: str, line: str) -> list[str]:
    return [f"{side}_{_EYE_POINTS.get(point, f'midpoint_{point}')}_of_{line}" for point in points]


def _lids(which: str) -> list[str]:
    names = []
    for side in ("left", "right"):
        names += _eye_line(side, _LASHES[side], f"{which}_lash_line")
        names += _eye_line(side, _EDGES[side], f"{which}_eyelid_line")
        if which == "upper":
            names += _eye_line(side, _EDGES[side][1:], "upper_crease_line")
    return names


def _lips(which: str, middle: tuple[str, str]) -> list[str]:
    """One line around the mouth: its corners, its middle, and four runs of points between them."""
    runs = [("upper", 1, 2), ("lower", 1, 2), ("upper", 3, 4, 5, 6), ("lower", 3, 4, 5, 6)]
    return [
        *(f"{side}_{which}_corner_of_mouth" for side in ("right", "left")),
        *middle,
        *(f"midpoint_{number}_of_{lip}_{which}_lip" for lip, *numbers in runs for number in numbers),
    ]


def _ears() -> list[str]:
    return [f"left_{point}" for point in _EAR] + [f"right_{point}" for point in _RIGHT_EAR]


def _round(part: str) -> list[str]:
    """The middle of both irises or pupils, each with eight points of its border, named as on a clock."""
    return [
        name
        for side in ("left", "right")
        for name in (f"{side}_center_of_{part}", *(f"{side}_border_of_{part}_{place}" for place in _DIAL))
    ]


def _nose() -> list[str]:
    return [
        *("tip_of_nose", "bottom_center_of_nose", "right_outer_corner_of_nose", "left_outer_corner_of_nose"),
        *(
            f"{end}_corner_of_{side}_nostril"
            for side in ("right", "left")
            for end in ("inner", "outer", "upper")
        ),
    ]


_POINTS = (
    *(*_NOT_WRISTS, *FEET, *_hand("right"), *_hand("left"), *_JOINTS, *_MIDDLE),
    *(f"{point}_of_{side}_eyebrow" for side in ("right", "left") for point in _BROW),
    *(*_lids("upper"), *_lids("lower"), *_nose()),
    *_lips("outer", ("center_of_cupid_bow", "center_of_lower_outer_lip")),
    *_lips("inner", ("center_of_upper_inner_lip", "center_of_lower_inner_lip")),
    *(*_ears(), *_round("iris"), *_round("pupil")),
)


def _sigma(name: str) -> float:
    same = name.replace("_third_joint", "1")
    if same in WHOLEBODY133.index:
        return WHOLEBODY133.sigmas[WHOLEBODY133.index[same]]
    for part, sigma in (("acromion", 0.079), ("neck", 0.079), ("olecranon", 0.072), ("cubital", 0.072)):
        if part in name:
            return sigma
    return _FACE_SIGMA


SAPIENS308 = Skeleton(
    "sapiens308",
    _POINTS,
    (*COCO17.edges, *feet(), *_hand_edges("left"), *_hand_edges("right")),
    tuple(_sigma(name) for name in _POINTS),
)
