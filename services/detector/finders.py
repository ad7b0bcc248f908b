"""What each kind of detector needs to see, and how its numbers become persons."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.messages import Array, Box, Person
from shared.models.errors import ModelError
from shared.models.registry import Entry
from shared.settings import Detector
from shared.vision import blazepose, yolox
from shared.vision.regions import Points, Region
from shared.vision.skeletons import BLAZEPOSE_DETECTOR

Outputs = Mapping[str, NDArray[np.float32]]


class Finder(Protocol):
    """The reading of one kind of detector.

    `outputs` are those of the network that it reads. A picture is decoded with at least `detail` pixels per
    pixel of the network's input.
    """

    outputs: tuple[str, ...]
    detail: int

    def people(self, outputs: Outputs, regions: Sequence[Region]) -> list[list[Person]]:
        """Who is in each of the N regions that the network saw, the surest first; boxes are not clipped."""


class BlazePoseFinder:
    """The BlazePose detector: a person is a circle around the body, and its four keypoints."""

    outputs: tuple[str, ...] = ("boxes", "scores")
    detail = 2  # with fewer the hips move by pixels, and the landmarks with them

    def __init__(self, score: float, least: float, iou: float) -> None:
        """Find people of at least the score `least`; the others never move those of at least `score`."""
        self._score = score
        self._least = least
        self._iou = iou

    def people(self, outputs: Outputs, regions: Sequence[Region]) -> list[list[Person]]:
        return [
            self._people(boxes, logits, region)
            for boxes, logits, region in zip(outputs["boxes"], outputs["scores"], regions, strict=True)
        ]

    def _people(
        self, boxes: NDArray[np.float32], logits: NDArray[np.float32], region: Region
    ) -> list[Person]:
        found = _persons(blazepose.decode_detections(boxes, logits, region, self._score, self._iou))
        if self._least < self._score:
            more = _persons(blazepose.decode_detections(boxes, logits, region, self._least, self._iou))
            found += [person for person in more if person.score < self._score]
        return found


class YoloxFinder:
    """Any YOLOX: a person is a box around all that is seen of somebody."""

    outputs: tuple[str, ...] = ("predictions",)
    detail = 1

    def __init__(self, entry: Entry, settings: Detector, least: float) -> None:
        """Find objects of the wanted classes, of at least the score `least`.

        Raises:
            ModelError: the model does not know one of the classes.
        """
        self._size_px = entry.input.height, entry.input.width
        self._columns = yolox.columns(entry, settings.classes)
        self._least = least
        self._iou = settings.iou

    def people(self, outputs: Outputs, regions: Sequence[Region]) -> list[list[Person]]:
        found = yolox.decode(
            outputs["predictions"], regions, self._size_px, self._columns, self._least, self._iou
        )
        return [
            [
                Person((x0, y0, x1, y1), score)
                for (x0, y0, x1, y1), score in zip(
                    objects.boxes.tolist(), objects.scores.tolist(), strict=True
                )
            ]
            for objects in found
        ]


def finder_of(entry: Entry, settings: Detector, least: float) -> Finder:
    """The reading of the model `entry`, down to the score `least`.

    Raises:
        ModelError: it finds no people, or does not know a wanted class.
    """
    if entry.decoder == "blazepose-anchors":
        if settings.classes != ("person",):
            raise ModelError(f"model {entry.name} finds people only; leave detector.classes as it is")
        return BlazePoseFinder(settings.score, least, settings.iou)
    if entry.decoder == "yolox":
        return YoloxFinder(entry, settings, least)
    raise ModelError(
        f"model {entry.name} is for {entry.task}: detector.model wants one for person detection,"
        " like 'blazepose-detector' or 'yolox-nano'"
    )


def _persons(found: blazepose.Detections) -> list[Person]:
    return [
        Person(
            _body_box(points), float(score), skeleton=BLAZEPOSE_DETECTOR, keypoints=Array.of(_rows(points))
        )
        for points, score in zip(found.keypoints, found.scores, strict=True)
    ]


def _body_box(points: Points) -> Box:
    """The box of the circle around the body: keypoint 0 is its centre, 1 lies on it."""
    x, y = (float(value) for value in points[0])
    radius = math.dist(points[0], points[1])
    return x - radius, y - radius, x + radius, y + radius


def _rows(points: Points) -> Points:
    rows = np.full((len(points), 5), np.nan, np.float32)
    rows[:, :2] = points
    return rows
