"""A person's body in the points that every skeleton has, COCO's: its scale and its lean in the picture."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.messages import Person
from shared.vision.boxes import Floats
from shared.vision.skeletons import find
from shared.vision.skeletons.coco import COCO17, to_coco17
from shared.vision.skeletons.skeleton import both_sides

# Lengths of an average adult in the metres of BlazePose, whose skeleton stands about 1.5 m tall between nose
# and ankles. Source: medians of that model's world landmarks on standing people; for the breadth of the
# shoulders, which is short and so tells the scale least exactly, the 90th percentile (the median is 0.33).
_BREADTH_M = 0.34
SEGMENTS_M = {("shoulder", "hip"): 0.47, ("hip", "knee"): 0.37, ("knee", "ankle"): 0.37}
_ENDS = np.array([[COCO17.places(both_sides(joint)) for joint in segment] for segment in SEGMENTS_M])
_LENGTHS_M = np.array(list(SEGMENTS_M.values()))
_SHOULDERS = COCO17.places(("left_shoulder", "right_shoulder"))
_HIPS = COCO17.places(("left_hip", "right_hip"))


@dataclass(frozen=True, eq=False)
class Body:
    """A person as COCO's keypoints; NaN where the skeleton lacks one.

    Attributes:
        points: (17, 5) as in `Person.keypoints`.
        world: (17, 3) metres, origin between the hips, y down; None where the model tells no places in space.
    """

    points: Floats
    world: Floats | None


def body_of(person: Person) -> Body | None:
    """What is known of a person's body; None without keypoints.

    Raises:
        ValueError: the keypoints are not those of the person's skeleton, or there is no such skeleton.
    """
    if person.keypoints is None or person.skeleton is None:
        return None
    skeleton = find(person.skeleton)
    world = None if person.world is None else to_coco17(person.world.numpy(), skeleton)
    return Body(to_coco17(person.keypoints.numpy(), skeleton), world)


def pixels_per_metre(xy: NDArray[np.floating]) -> float:
    """The scale of a body (17, 2) in px, NaN where a point is not to be trusted, without places in space.

    It is that of the longest of shoulders, trunk, thighs and shanks relative to an adult's, since
    foreshortening only ever shortens: too small where all of them point at the camera, and for children. NaN
    where none is known, or they have no length. Left and right count as one, so that the errors of single
    points do not make a body larger.
    """
    lengths = np.linalg.norm(xy[_ENDS[:, 0]] - xy[_ENDS[:, 1]], axis=2)
    known = ~np.isnan(lengths)
    sums, counts = np.where(known, lengths, 0.0).sum(axis=1), known.sum(axis=1)
    scales = sums / np.maximum(counts, 1) / _LENGTHS_M
    breadth = np.linalg.norm(xy[_SHOULDERS[0]] - xy[_SHOULDERS[1]]) / _BREADTH_M
    return float(np.fmax(scales.max(), breadth)) or math.nan


def trunk_lean(person: Person) -> float:
    """How far the trunk is turned from upright, in radians, clockwise on the screen; 0 where it is not
    known.
    """
    body = body_of(person)
    if body is None:
        return 0.0
    dx, dy = body.points[_SHOULDERS, :2].mean(axis=0) - body.points[_HIPS, :2].mean(axis=0)
    lean = math.atan2(float(dx), -float(dy))
    return 0.0 if math.isnan(lean) else lean
