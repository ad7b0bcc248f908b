"""What a segmentation network looks at: each person, or a whole picture for all people in it."""

import math

import numpy as np
from msgspec import Struct

from shared.messages import Box, Frame, Person
from shared.models.registry import Entry
from shared.vision.bodies import body_of, trunk_lean
from shared.vision.boxes import clip_box
from shared.vision.regions import Region, framed
from shared.vision.skeletons.coco import COCO17

_MARGIN = 0.15  # of the box's longer side: hands and feet reach beyond the landmarks
_CIRCLE = 1.63
"""Radius of the circle of BlazePose's square over the distance from the hips to the furthest of COCO's
keypoints: median of 31 people on their feet and on the floor, 1.44 to 1.84 for nine in ten.
"""
_BOX_SCALE = 1.25  # of a body without keypoints: such a square around its box
_HIPS = COCO17.places(("left_hip", "right_hip"))


class View(Struct, frozen=True):
    """One picture for the network: the `region` it shows, and the `boxes` of the people whose masks are read
    from it, by their places in the frame.
    """

    region: Region
    boxes: dict[int, Box]


def views_of(message: Frame, entry: Entry) -> list[View]:
    """What the network has to see of a frame: nothing of people whose boxes do not meet the picture."""
    boxes = {place: _reach(person, message) for place, person in enumerate(message.persons)}
    boxes = {place: box for place, box in boxes.items() if box[2] - box[0] >= 1 and box[3] - box[1] >= 1}
    if not boxes:
        return []
    if entry.input.fit != "region":
        return [View(framed(message.width_px, message.height_px, entry.input), boxes)]
    whole_body = entry.decoder == "blazepose-landmarks"
    aspect = entry.input.width / entry.input.height
    views = []
    for place, box in boxes.items():
        person = message.persons[place]
        region = body_region(person) if whole_body else upright_region(person, box, aspect)
        views.append(View(region, {place: box}))
    return views


def upright_region(person: Person, box: Box, aspect: float) -> Region:
    """The smallest region with this aspect (width over height) that holds a person's box and stands upright
    with the body.
    """
    rotation = trunk_lean(person)
    cos, sin = abs(math.cos(rotation)), abs(math.sin(rotation))
    width, height = box[2] - box[0], box[3] - box[1]
    size_px = max(width * sin + height * cos, (width * cos + height * sin) / aspect)
    return Region((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, size_px, rotation, aspect)


def body_region(person: Person) -> Region:
    """The square that BlazePose is used to: around the hips and upright with the body, the body in its
    circle.
    """
    x0, y0, x1, y1 = person.box
    body = body_of(person)
    if body is not None:
        hips = body.points[_HIPS, :2].mean(axis=0)
        away = np.linalg.norm(body.points[:, :2] - hips, axis=1)
        radius = _CIRCLE * float(np.fmax.reduce(away))
        if radius >= 1:
            return Region(float(hips[0]), float(hips[1]), 2 * radius, trunk_lean(person))
    return Region((x0 + x1) / 2, (y0 + y1) / 2, _BOX_SCALE * max(x1 - x0, y1 - y0), 0.0)


def _reach(person: Person, message: Frame) -> Box:
    """The part of the picture that a person's mask may fill."""
    x0, y0, x1, y1 = person.box
    grown = _MARGIN * max(x1 - x0, y1 - y0)
    return clip_box((x0 - grown, y0 - grown, x1 + grown, y1 + grown), message.width_px, message.height_px)
