"""What the stages say about one picture, as plain facts."""

import msgspec
import numpy as np

from services.evaluate.pose.keypoints import confidence_of
from shared.messages import Box, Frame, Limb, Person
from shared.vision import skeletons

GROUPS = {
    "head": ("head",),
    "torso": ("torso",),
    "arms": ("left_upper_arm", "right_upper_arm", "left_forearm", "right_forearm"),
    "legs": ("left_thigh", "right_thigh", "left_shank", "right_shank"),
}


class Point(msgspec.Struct, frozen=True):
    """A keypoint: the body part it marks, its place in px, confidence in [0, 1]."""

    part: str
    x: float
    y: float
    confidence: float


class Group(msgspec.Struct, frozen=True):
    """Some limbs together: the share of the person's box that they fill and their mean attention, 0 to 1."""

    box_share: float
    attention: float


class Finding(msgspec.Struct, frozen=True):
    """One person; `mean_score` is the mean confidence of the keypoints, None without any.

    `hidden` are the limbs that are in the picture and covered by something, `from_mask` those of which only
    the mask tells where they are.
    """

    box: Box
    score: float
    mean_score: float | None
    skeleton: str | None
    keypoints: tuple[Point, ...]
    groups: dict[str, Group]
    limbs: dict[str, Limb]
    hidden: tuple[str, ...]
    from_mask: tuple[str, ...]
    mostly_hidden: bool


class Findings(msgspec.Struct, frozen=True):
    """Everybody in a picture, from left to right, and the models that said so, by stage."""

    width_px: int
    height_px: int
    models: dict[str, str]
    persons: tuple[Finding, ...]


def findings_of(frame: Frame, models: dict[str, str]) -> Findings:
    """The facts of a frame."""
    persons = tuple(_finding(person) for person in left_to_right(frame))
    return Findings(frame.width_px, frame.height_px, models, persons)


def left_to_right(frame: Frame) -> list[Person]:
    """The people of a frame in the order in which they are told and numbered."""
    return sorted(frame.persons, key=lambda person: person.box[0] + person.box[2])


def numbered(frame: Frame) -> Frame:
    """The frame with people in that order, and their numbers, from 1, in the place of tracks."""
    persons = (
        msgspec.structs.replace(person, track=number) for number, person in enumerate(left_to_right(frame), 1)
    )
    return msgspec.structs.replace(frame, persons=tuple(persons))


def _finding(person: Person) -> Finding:
    points = _points(person)
    sure = [point.confidence for point in points]
    return Finding(
        person.box,
        person.score,
        sum(sure) / len(sure) if sure else None,
        person.skeleton,
        points,
        {name: _group(person, names) for name, names in GROUPS.items() if set(names) & set(person.limbs)},
        person.limbs,
        tuple(name for name, limb in person.limbs.items() if limb.occluded),
        tuple(name for name, limb in person.limbs.items() if limb.from_mask),
        person.occluded,
    )


def _points(person: Person) -> tuple[Point, ...]:
    if person.keypoints is None or person.skeleton is None:
        return ()
    rows = person.keypoints.numpy().astype(np.float64)
    names = skeletons.find(person.skeleton).points
    return tuple(
        Point(name, float(row[0]), float(row[1]), float(confidence))
        for name, row, confidence in zip(names, rows, confidence_of(rows), strict=True)
    )


def _group(person: Person, names: tuple[str, ...]) -> Group:
    limbs = [person.limbs[name] for name in names if name in person.limbs]
    x0, y0, x1, y1 = person.box
    box_px = max((x1 - x0) * (y1 - y0), 1.0)
    return Group(
        min(1.0, sum(limb.area_px for limb in limbs) / box_px),
        sum(limb.attention for limb in limbs) / len(limbs),
    )
