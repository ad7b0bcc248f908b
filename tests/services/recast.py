"""People of the 33 landmarks as another pose model shows them: in the picture alone, with its own points."""

import msgspec
import numpy as np

from shared.messages import Array, Frame, Person
from shared.vision.skeletons import find

_SAME = {"big_toe": "foot_index", "small_toe": "foot_index"}
_BETWEEN = {
    "head": ("left_eye_inner", "right_eye_inner"),
    "neck": ("left_shoulder", "right_shoulder"),
    "hip": ("left_hip", "right_hip"),
}


def recast(person: Person, skeleton: str) -> Person:
    """The same person with the points of `skeleton`, without places in space, depth and presence."""
    assert person.keypoints is not None
    assert person.skeleton is not None
    points, index = person.keypoints.numpy(), find(person.skeleton).index
    rows = np.array([points[_sources(name, index)].mean(axis=0) for name in find(skeleton).points])
    rows[:, [2, 4]] = np.nan
    keypoints = Array.of(rows.astype(np.float32))
    return msgspec.structs.replace(person, skeleton=skeleton, keypoints=keypoints, world=None)


def recast_frame(frame: Frame, skeleton: str) -> Frame:
    """The frame with all its persons recast."""
    return msgspec.structs.replace(frame, persons=tuple(recast(person, skeleton) for person in frame.persons))


def _sources(name: str, index: dict[str, int]) -> list[int]:
    """The landmarks whose mean is a point; the nose stands for what the 33 do not have."""
    side, _, point = name.partition("_")
    sources = _BETWEEN.get(name, (f"{side}_{_SAME.get(point, point)}" if point else name,))
    return [index.get(source, index["nose"]) for source in sources]
