"""A body in a picture, whichever network saw it, and where to look for it next."""

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.messages import Box, Person
from shared.vision import skeletons
from shared.vision.blazepose import Landmarks, region_of
from shared.vision.boxes import Floats, box_around
from shared.vision.regions import Region
from shared.vision.skeletons import Skeleton
from shared.vision.skeletons.coco import JOINTS

BLAZEPOSE_MARGIN = (
    0.06  # of the longer side: the outermost landmarks lie inside the body, the skull above the ears
)
MARGIN = 0.09  # ... and without fingers and feet; mean of COCO's example pictures
BOX_SCALE = 1.25  # a region made of a box of a whole body is so much larger


@dataclass(frozen=True)
class Shape:
    """What a network's regions are like: width over height, and how much larger than a body's box."""

    aspect: float
    scale: float = BOX_SCALE


SQUARE = Shape(1.0)


@dataclass(frozen=True, eq=False)
class Body:
    """What a network says of one body.

    Attributes:
        points: (K, 2) x, y in source pixels, or (K, 3) with z in pixels of the same scale.
        visibility: (K,) how sure each keypoint is, 0 to 1.
        presence: (K,) whether each is inside the picture, 0 to 1; NaN where the network does not tell.
        world: (K, 3) metres, or None.
        placed: (K,) whether a keypoint's place means something.
        following: where this body is looked for in the next picture.
        score: how sure the network is that there is a body, 0 to 1.
    """

    points: Floats
    visibility: Floats
    presence: Floats
    world: Floats | None
    placed: NDArray[np.bool_]
    following: Region
    score: float

    def box(self, margin: float) -> Box:
        """Around the keypoints that are placed, see `box_around`."""
        return box_around(self.points[self.placed, :2], margin)

    @classmethod
    def of_landmarks(cls, landmarks: Landmarks, score: float) -> "Body":
        """BlazePose has a place for every landmark, also for the hidden ones."""
        placed = np.ones(len(landmarks.points), bool)
        return cls(
            landmarks.points,
            landmarks.visibility,
            landmarks.presence,
            landmarks.world,
            placed,
            landmarks.following,
            score,
        )


def region_around(points: Floats, rotation: float, shape: Shape) -> Region:
    """The region that shows a whole body.

    Args:
        points: (K, 2), one or more, in source pixels.
        rotation: of the region, in radians.
        shape: of the region.
    """
    turn = Region(0.0, 0.0, 1.0, rotation).turn()
    x0, y0, x1, y1 = box_around(np.asarray(points @ turn, np.float32), MARGIN)
    x, y = turn @ ((x0 + x1) / 2, (y0 + y1) / 2)
    size_px = shape.scale * max(y1 - y0, (x1 - x0) / shape.aspect)
    return Region(float(x), float(y), size_px, rotation, shape.aspect)


def region_of_person(person: Person) -> Region:
    """Where BlazePose looks for a detected person: from the detector's keypoints, or else from the box."""
    circle = _circle(person)
    return region_of_box(person.box, SQUARE) if circle is None else circle


def upright_region(person: Person, shape: Shape) -> Region:
    """Where other networks look for a detected person: upright, as they learned to see people."""
    circle = _circle(person)
    if circle is None:
        return region_of_box(person.box, shape)
    return msgspec.structs.replace(circle, rotation=0.0, aspect=shape.aspect)


def region_of_box(box: Box, shape: Shape) -> Region:
    """Around the box; its shorter side grows.

    Source: MMPose's `GetBBoxCenterScale` and `TopdownAffine`, https://mmpose.readthedocs.io/en/latest/api.html
    """
    x0, y0, x1, y1 = box
    size_px = shape.scale * max((x1 - x0) / shape.aspect, y1 - y0)
    return Region((x0 + x1) / 2, (y0 + y1) / 2, size_px, 0.0, shape.aspect)


def joints_of(skeleton: Skeleton) -> NDArray[np.int64]:
    """Places of the keypoints that tell one body from another; of all, where it has none of the usual."""
    places = skeleton.places(JOINTS)
    places = places[places >= 0]
    return places if len(places) else np.arange(len(skeleton.points))


def _circle(person: Person) -> Region | None:
    if person.skeleton != skeletons.BLAZEPOSE_DETECTOR or person.keypoints is None:
        return None
    points = person.keypoints.numpy()
    return region_of(points[0, :2], points[1, :2])
