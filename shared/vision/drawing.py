"""Pictures of what was found, for people who look at results."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.bus.frames import Image
from shared.messages import Frame, Person
from shared.vision.limbs import NOBODY, capsules_of, take_apart
from shared.vision.masks import paste, unpack
from shared.vision.skeletons import BLAZEPOSE33, BONES, LIMBS

Colour = tuple[int, int, int]  # BGR

_SURE: Colour = (255, 255, 255)
_UNSURE: Colour = (130, 130, 130)
_HIDDEN: Colour = (0, 0, 255)
_SURE_FROM = 0.5  # visibility
_TINT = 0.5
_NO_LIMB = 100  # a part of a silhouette that has no skeleton


def annotate(image: Image, frame: Frame) -> Image:
    """A copy of the frame's picture (H, W, 3) BGR with each person's mask, skeleton, box and label."""
    drawn = image.copy()
    for person in frame.persons:
        _tint_parts(drawn, person)
    for person in frame.persons:
        _draw_bones(drawn, person)
        _draw_box(drawn, person)
    return drawn


def _colours() -> NDArray[np.uint8]:
    """A colour (256, 3) for each limb, grey for parts of none and black for no part at all."""
    hues = np.zeros((1, 256, 3), np.uint8)
    hues[0, : len(LIMBS), 0] = np.arange(len(LIMBS)) * 180 // len(LIMBS)
    hues[0, : len(LIMBS), 1:] = (200, 255)
    hues[0, _NO_LIMB, 2] = 160
    return np.asarray(cv2.cvtColor(hues, cv2.COLOR_HSV2BGR)[0], np.uint8)


_COLOURS = _colours()


def _tint_parts(image: Image, person: Person) -> None:
    if person.mask is None:
        return
    bits = unpack(person.mask)
    if person.skeleton == BLAZEPOSE33 and person.keypoints is not None and person.world is not None:
        capsules = capsules_of(person.keypoints.numpy(), person.world.numpy())
        parts = take_apart(bits, person.mask.box, capsules).cells
    else:
        parts = np.where(bits, _NO_LIMB, NOBODY).astype(np.uint8)
    cells = np.where(parts == NOBODY, 0, parts + 1).astype(np.uint8)
    height_px, width_px = image.shape[:2]
    laid = paste(cells, person.mask.box, width_px, height_px)
    tint = _COLOURS[np.maximum(laid, 1) - 1]
    mixed = cv2.addWeighted(image, 1 - _TINT, tint, _TINT, 0)
    np.copyto(image, mixed, where=(laid > 0)[..., None])


def _draw_bones(image: Image, person: Person) -> None:
    if person.keypoints is None or person.skeleton is None:
        return
    points = person.keypoints.numpy()
    for start, end in BONES.get(person.skeleton, ()):
        visibility = float(np.minimum(points[start, 3], points[end, 3]))
        colour = _UNSURE if visibility < _SURE_FROM else _SURE
        cv2.line(image, _pixel(points[start]), _pixel(points[end]), colour, 2, cv2.LINE_AA)


def _draw_box(image: Image, person: Person) -> None:
    colour = _HIDDEN if person.occluded else _SURE
    top_left, bottom_right = _pixel(np.array(person.box[:2])), _pixel(np.array(person.box[2:]))
    cv2.rectangle(image, top_left, bottom_right, colour, 1)
    name = "" if person.track is None else f"#{person.track} "
    place = (top_left[0] + 3, top_left[1] + 15)
    cv2.putText(
        image, f"{name}{person.score:.2f}", place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA
    )


def _pixel(point: NDArray[Any]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
